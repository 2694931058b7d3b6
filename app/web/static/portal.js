// Starts what the pages of the portal can do with a script. Without any of it they can be read, followed and searched.
import { offerCopies } from "./copy.js";
import { offerKey } from "./key.js";
import { offerLineage } from "./lineage.js";
import { offerSearch } from "./search.js";
import { offerTabs } from "./tabs.js";
import { offerTry } from "./try.js";

offerTabs(document.querySelector(".programs"));
offerCopies(document.querySelectorAll("figure.code"));
offerSearch(document.querySelector("form.search"));
offerKey(document.getElementById("use-key"));
offerTry(document.getElementById("try"));
offerLineage(document.getElementById("lineage"));

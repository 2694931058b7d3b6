"""The contract: what an integrator writes. `load` turns a folder into a `Contract`; `plan` gives it meaning."""

"""The web: Flask and flask-smorest around the pipeline. The only room that knows them."""

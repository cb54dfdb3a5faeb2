"""The web server: HTTP over the steps and jobs. It never imports torch."""

"""Records turns in MLflow and reads traces back. The only package that imports mlflow.

`setup`, `recorder`, `store` and `ui_server` are light: they import mlflow late, because the first
page needs their states before MLflow has been imported. The modules with a leading underscore
import it at the top.
"""

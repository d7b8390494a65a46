"""What gwtrace uses of MLflow to ask it and to read its answers, and of the libraries below it.

Importing this takes seconds: everybody but `mlflow_api` leaves it alone.
"""

from typing import Any

import requests.exceptions
import sqlalchemy.exc
from google.protobuf.json_format import ParseError as ParseError
from mlflow import MlflowClient as MlflowClient
from mlflow.entities import Assessment as Assessment
from mlflow.entities import AssessmentError as AssessmentError
from mlflow.entities import AssessmentSource as AssessmentSource
from mlflow.entities import AssessmentSourceType as AssessmentSourceType
from mlflow.entities import Dataset as Dataset
from mlflow.entities import DatasetInput as DatasetInput
from mlflow.entities import DatasetRecordSourceType as DatasetRecordSourceType
from mlflow.entities import Expectation as Expectation
from mlflow.entities import Feedback as Feedback
from mlflow.entities import Metric as Metric
from mlflow.entities import Param as Param
from mlflow.entities import RunTag as RunTag
from mlflow.entities import Span as Span
from mlflow.entities import Trace as Trace
from mlflow.entities.trace_info import TraceInfo as TraceInfo
from mlflow.entities.trace_metrics import AggregationType as AggregationType
from mlflow.entities.trace_metrics import MetricAggregation as MetricAggregation
from mlflow.entities.trace_metrics import MetricViewType as MetricViewType
from mlflow.exceptions import MlflowException as MlflowException
from mlflow.protos.service_pb2 import GetTrace
from mlflow.tracing.client import TracingClient as TracingClient
from mlflow.tracking._model_registry.client import ModelRegistryClient as ModelRegistryClient
from mlflow.utils import credentials, proto_json_utils, rest_utils
from mlflow.utils.time import get_current_time_millis as get_current_time_millis

STORE_ERRORS = (
    MlflowException,
    sqlalchemy.exc.SQLAlchemyError,
    requests.exceptions.RequestException,
)
"""What MLflow's client, a database or a server's connection raise."""

# Their types are unknown.
_rest: Any = rest_utils
_credentials: Any = credentials
_proto_json: Any = proto_json_utils
http_request: Any = _rest.http_request
get_default_host_creds: Any = _credentials.get_default_host_creds
parse_dict: Any = _proto_json.parse_dict
GetTraceResponse: Any = GetTrace.Response

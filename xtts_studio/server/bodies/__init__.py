"""Bodies that exist on HTTP alone; everything else crosses as `shapes` and `jobs.job` define it."""

from xtts_studio.server.bodies.base import (
    REQUEST_ID as REQUEST_ID,
    ErrorResponse as ErrorResponse,
    Page as Page,
)
from xtts_studio.server.bodies.datasets import (
    BulkEdit as BulkEdit,
    ChangeInfo as ChangeInfo,
    Changes as Changes,
    CheckBody as CheckBody,
    ChunkBody as ChunkBody,
    ChunkFiles as ChunkFiles,
    ChunksBody as ChunksBody,
    DatasetBody as DatasetBody,
    DatasetPage as DatasetPage,
    EditClipsBody as EditClipsBody,
    VersionBody as VersionBody,
    VersionNote as VersionNote,
    Versions as Versions,
    XrayBody as XrayBody,
)
from xtts_studio.server.bodies.jobs import (
    JobBody as JobBody,
    JobPage as JobPage,
    MetricHistory as MetricHistory,
    MetricPoint as MetricPoint,
)
from xtts_studio.server.bodies.login import (
    Credentials as Credentials,
    User as User,
    UserBody as UserBody,
)
from xtts_studio.server.bodies.models import (
    ExportModelBody as ExportModelBody,
    Licence as Licence,
    ModelExports as ModelExports,
    ModelList as ModelList,
)
from xtts_studio.server.bodies.recordings import (
    AnalysisProgress as AnalysisProgress,
    RecordingBody as RecordingBody,
    RecordingPage as RecordingPage,
    Rejected as Rejected,
    TranscriptBody as TranscriptBody,
    UploadBody as UploadBody,
    UploadPage as UploadPage,
    UploadResult as UploadResult,
)
from xtts_studio.server.bodies.speech import (
    GenerateRequest as GenerateRequest,
    JoinedTake as JoinedTake,
    JoinRequest as JoinRequest,
    PreviewBody as PreviewBody,
    QueuedRequest as QueuedRequest,
    SpeakerBody as SpeakerBody,
    SpeakerPage as SpeakerPage,
    Speech as Speech,
    SpeechBody as SpeechBody,
    SpeechPage as SpeechPage,
    SpeechQueue as SpeechQueue,
    SpokenSentence as SpokenSentence,
    Take as Take,
    TakeBody as TakeBody,
    TakeRequest as TakeRequest,
    Takes as Takes,
)
from xtts_studio.server.bodies.system import (
    CleanBody as CleanBody,
    CleanedBody as CleanedBody,
    ComputeTest as ComputeTest,
    Device as Device,
    Disk as Disk,
    Health as Health,
    Preferences as Preferences,
    PreferencesUpdate as PreferencesUpdate,
    SettingsBody as SettingsBody,
    StorageBody as StorageBody,
    SystemInfo as SystemInfo,
    WorkersBody as WorkersBody,
)
from xtts_studio.server.bodies.training import (
    PublishBody as PublishBody,
    RunBody as RunBody,
    RunMetric as RunMetric,
    RunMetrics as RunMetrics,
    RunVotes as RunVotes,
    StepTally as StepTally,
    TrainingRun as TrainingRun,
    TrainingRunPage as TrainingRunPage,
)

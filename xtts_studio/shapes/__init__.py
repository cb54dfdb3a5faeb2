"""The shapes that cross a border: HTTP bodies, requests and results of steps, files of the workspace.

Durations in seconds end in `_s`, in milliseconds in `_ms`; times are RFC 3339 in UTC; ids are opaque strings.
"""

from xtts_studio.shapes.base import (
    BASE_MODEL as BASE_MODEL,
    TEACHABLE as TEACHABLE,
    Language as Language,
    Shape as Shape,
    SpokenLanguage as SpokenLanguage,
    Stored as Stored,
)
from xtts_studio.shapes.curation import (
    Change as Change,
    DatasetVersion as DatasetVersion,
    EditClipsRequest as EditClipsRequest,
    EditClipsResult as EditClipsResult,
    ImportDatasetRequest as ImportDatasetRequest,
    ImportDatasetResult as ImportDatasetResult,
    PlacedChunk as PlacedChunk,
)
from xtts_studio.shapes.cutting import (
    AnalyzeRequest as AnalyzeRequest,
    AnalyzeResult as AnalyzeResult,
    ChunkRequest as ChunkRequest,
    ChunkResult as ChunkResult,
    CutSettings as CutSettings,
    CutStatistics as CutStatistics,
    PlannedChunk as PlannedChunk,
    Span as Span,
)
from xtts_studio.shapes.datasets import (
    CheckRequest as CheckRequest,
    CheckResult as CheckResult,
    Chunk as Chunk,
    ChunkEdit as ChunkEdit,
    ClipDetails as ClipDetails,
    ClipMeasures as ClipMeasures,
    Dataset as Dataset,
    DatasetSummary as DatasetSummary,
    Proof as Proof,
    Rejection as Rejection,
    SourceRecording as SourceRecording,
)
from xtts_studio.shapes.models import (
    ExportLayout as ExportLayout,
    ExportModelRequest as ExportModelRequest,
    ExportModelResult as ExportModelResult,
    ModelExport as ModelExport,
    ModelInfo as ModelInfo,
    PullRequest as PullRequest,
    PullResult as PullResult,
)
from xtts_studio.shapes.recordings import (
    IngestRequest as IngestRequest,
    NewUpload as NewUpload,
    Recording as Recording,
    Upload as Upload,
)
from xtts_studio.shapes.runs import (
    Audition as Audition,
    AuditionLine as AuditionLine,
    KeptCheckpoint as KeptCheckpoint,
    PublishRequest as PublishRequest,
    PublishResult as PublishResult,
    RunSummary as RunSummary,
    Vote as Vote,
)
from xtts_studio.shapes.speech import (
    MOST_STRENGTH as MOST_STRENGTH,
    AudioFormat as AudioFormat,
    BlendPart as BlendPart,
    BlendRequest as BlendRequest,
    ClipQuality as ClipQuality,
    CloneRequest as CloneRequest,
    ImportVoiceRequest as ImportVoiceRequest,
    Precision as Precision,
    PreviewedSentence as PreviewedSentence,
    PreviewSpeechRequest as PreviewSpeechRequest,
    Speaker as Speaker,
    SpeakRequest as SpeakRequest,
    SpeakResult as SpeakResult,
    SpeechPreview as SpeechPreview,
    StudioVoiceRequest as StudioVoiceRequest,
    StudioVoices as StudioVoices,
    StudioVoicesRequest as StudioVoicesRequest,
)
from xtts_studio.shapes.training import (
    Choice as Choice,
    DatasetShare as DatasetShare,
    Forecast as Forecast,
    LoraTarget as LoraTarget,
    Method as Method,
    ProbeRequest as ProbeRequest,
    PromptSource as PromptSource,
    TrainingFacts as TrainingFacts,
    TrainingPlan as TrainingPlan,
    TrainingPrecision as TrainingPrecision,
    TrainRequest as TrainRequest,
    TrainResult as TrainResult,
)
from xtts_studio.shapes.transcription import (
    HeardSegment as HeardSegment,
    HearRequest as HearRequest,
    HearResult as HearResult,
    OwnTranscript as OwnTranscript,
    TranscribeRequest as TranscribeRequest,
    TranscribeResult as TranscribeResult,
    Transcript as Transcript,
    TranscriptCue as TranscriptCue,
    Word as Word,
)
from xtts_studio.shapes.xray import (
    ClipReport as ClipReport,
    CompareSpeakersRequest as CompareSpeakersRequest,
    Finding as Finding,
    Fix as Fix,
    Light as Light,
    Xray as Xray,
    XrayRequest as XrayRequest,
    XrayResult as XrayResult,
    XrayTotals as XrayTotals,
)

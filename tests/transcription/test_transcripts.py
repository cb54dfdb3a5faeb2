"""Transcripts in files: what is read from each format, and what is said of those that can't be read."""

import pytest

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import TranscriptCue
from xtts_studio.transcription.transcripts import read_transcript

SRT = (
    "1\n00:00:01,500 --> 00:00:04,000\nPrinting, in the\nonly sense\n\n"
    "2\n00:01:04,250 --> 01:00:00,000\n<i>differs</i> &amp; more\n"
)
VTT = (
    "WEBVTT - made by hand\nKind: captions\n\nNOTE not this\nnor this\n\nSTYLE\n::cue { color: red }\n\n"
    "intro\n00:01.500 --> 00:04.000 align:start position:0%\n"
    "<v Anna Berg>Printing, in the\n<c.loud>only</c> sense</v>\n\n"
    "01:04.250 --> 01:00:00.000\ndiffers &amp; more\n"
)
CUES = [(1.5, 4.0, "Printing, in the only sense"), (64.25, 3600.0, "differs & more")]


def _cues(data: bytes | str, name: str) -> list[TranscriptCue]:
    raw = data.encode() if isinstance(data, str) else data
    return read_transcript(raw, name)[0].cues


def _plain(cues: list[TranscriptCue]) -> list[tuple[float | None, float | None, str]]:
    return [(cue.start_s, cue.end_s, cue.text) for cue in cues]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.srt", SRT, "srt"),
        ("a.srt", SRT.replace("\n", "\r\n"), "srt"),
        ("a.srt", SRT.replace(",500", ".5").replace(",000", ".000").replace(",250", ".25"), "srt"),
        ("called.txt", SRT, "srt"),
        ("a.vtt", VTT, "vtt"),
        ("called", VTT, "vtt"),
        ("a.csv", 'start,end,text\n1.5,4,"Printing, in the only sense"\n64.25,1:00:00,differs & more\n', "csv"),
        ("a.csv", "text;end;start\nPrinting, in the only sense;0:04;0:01.5\ndiffers & more;3600;64,25\n", "csv"),
        ("a.tsv", "start\tend\ttext\n1.5\t4\tPrinting, in the only sense\n64.25\t3600\tdiffers & more\n", "csv"),
        ("a.csv", "1.5;4;Printing, in the only sense\n64.25;3600;differs & more\n", "csv"),
    ],
)
def test_times_and_texts_are_read(name: str, text: str, kind: str) -> None:
    transcript, notices = read_transcript(text.encode(), name)
    assert (transcript.format, notices) == (kind, [])
    assert _plain(transcript.cues) == CUES


def test_voices_of_vtt_and_of_tables_are_speakers() -> None:
    assert [cue.speaker for cue in _cues(VTT, "a.vtt")] == ["Anna Berg", None]
    table = "speaker,start,end,text\nAnna,0,1,Good day.\n,1,2,Good night.\n"
    assert [cue.speaker for cue in _cues(table, "a.csv")] == ["Anna", None]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "Printing, in the only sense\n\n  differs & more  \n"),
        ("metadata.csv", "LJ001|Printing, in the only sense|PRINTING\nLJ002|differs & more|x\n"),
        ("a.csv", "id|text\nLJ001|Printing, in the only sense\nLJ002|differs & more\n"),
        ("a.csv", 'file_name,text\na.wav,"Printing, in the only sense"\nb.wav,differs & more\n'),
    ],
)
def test_texts_without_times_are_read(name: str, text: str) -> None:
    assert _plain(_cues(text, name)) == [(None, None, text) for _, _, text in CUES]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_encoding_is_read(encoding: str) -> None:
    text = "Die Bücher wurden schön gedruckt, für viele Käufer.\nÜberall las man größere Bände.\n" * 5
    assert _cues(text.encode(encoding), "a.txt")[0].text == "Die Bücher wurden schön gedruckt, für viele Käufer."


def test_nothing_of_an_untidy_file_is_lost() -> None:
    text = "00:00:05,000 --> 00:00:06,000\nlate\n\ngoes on\n\n00:00:01,000 --> 00:00:02,000\nearly\n"
    transcript, notices = read_transcript(text.encode(), "a.srt")
    assert [cue.text for cue in transcript.cues] == ["early", "late goes on"]
    assert "order" in notices[0]
    quoted = 'start,end,text\n0,1,"He said ""no"", and\nleft."\n'
    assert _cues(quoted, "a.csv")[0].text == 'He said "no", and left.'
    assert _cues('id|text|x\nLJ001|"He said no|a\n', "a.csv")[0].text == '"He said no'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.srt", "1\n00:00:01 --> 00:00:02\nText\n", "Line 2"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nText\n00:00:02,000 --> 00:00:03,000\nMore\n", "Line 4"),
        ("a.srt", "1\n00:00:03,000 --> 00:00:02,000\nText\n", "Line 2"),
        ("a.srt", "Only text\n", "Line 1"),
        ("a.vtt", "WEBVTT\n\n00:01.000 -> 00:02.000\nText\n", "Line 3"),
        ("a.csv", "start,end,text\n0,1,One\n1,2,Two, three\n", "Line 3 of the table has 4 columns, expected 3"),
        ("a.csv", "start,end,text\n0,1,One\n1,soon,Two\n", "Line 3 of the table has no time"),
        ("a.csv", "start,end,words\n0,1,One\n", "no column with the text"),
        ("a.csv", 'start,end,text\n0,1,"One\n', "table can't be read"),
        ("a.csv", "One,two\n", "Line 1"),
        ("a.txt", "  \n\n", "holds no text"),
        ("a.srt", "", "no"),
        ("a.txt", "\x01\x02\x03\x04" * 400, "is no text"),
    ],
)
def test_what_can_not_be_read_is_named_by_its_line(name: str, text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_transcript(text.encode(), name)
    assert told in caught.value.message
    assert caught.value.hint

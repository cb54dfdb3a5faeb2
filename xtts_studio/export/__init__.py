"""Models for elsewhere: one zip file as another program wants it, proved to load before it is there.

layouts     which files each program wants, where, and what to tell the person who unpacks them
source      the model at the asked strength, its base, its card
config      config.json as coqui-tts wants it
reference   the clip that goes along
folder      the files of an export, written
archive     the zip: written, read back
proof       is what was read back the model?
steps       the step `export_model`
shelf       the exports that are here

<XTTS_HOME>/data/exports/<model>-<layout>.zip
"""

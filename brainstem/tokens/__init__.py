"""The tokenizer: bytes of a message to its canonical stream, its traits and the things it names.

The canonical stream is the message with every variable part replaced by a mask byte and every token boundary made
explicit. The signature is a hash of the stream and the template is the same stream in readable form, so the two cannot
disagree.

Stream grammar: `[gap] core (gap core)* [gap]`. A gap is one byte 0x20 (a single space) or 0x1F, any bytes, 0x1E. A core
holds literal bytes and mask bytes 1 to 15. Bytes below 0x20 of a message are white space and never reach the stream.
"""

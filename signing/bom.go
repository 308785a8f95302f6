package signing

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// withoutBOM returns data as UTF-8 and without the byte order mark that editors and shells of
// Windows write before text. Data that begins like a mark and is not text after it, such as
// random bytes, is returned unchanged.
func withoutBOM(data []byte) []byte {
	if rest, found := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); found && utf8.Valid(rest) {
		return rest
	}
	if rest, found := bytes.CutPrefix(data, []byte("\xff\xfe")); found {
		return asciiOf(rest, binary.LittleEndian, data)
	}
	if rest, found := bytes.CutPrefix(data, []byte("\xfe\xff")); found {
		return asciiOf(rest, binary.BigEndian, data)
	}
	return data
}

// asciiOf decodes UTF-16 that has ASCII characters alone, as keys and secrets do; for other
// text it returns otherwise.
func asciiOf(encoded []byte, order binary.ByteOrder, otherwise []byte) []byte {
	if len(encoded)%2 != 0 {
		return otherwise
	}
	text := make([]byte, 0, len(encoded)/2)
	for ; len(encoded) > 0; encoded = encoded[2:] {
		c := order.Uint16(encoded)
		if c >= utf8.RuneSelf {
			return otherwise
		}
		text = append(text, byte(c))
	}
	return text
}

package signing

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// withoutBOM returns data without the byte order mark that editors and shells of Windows
// put before text, and as UTF-8. What only looks like a mark, as random bytes may, is left
// as it is: behind a mark there is text.
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

// asciiOf decodes UTF-16, of which keys and secrets need ASCII alone; otherwise is returned
// for other text.
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

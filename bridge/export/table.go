package export

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"

	"github.com/minitill/minitill/fault"
)

// Format is how a table is written.
type Format string

// The formats.
const (
	CSV       Format = "csv"   // RFC 4180, with the names of the columns first
	JSONLines Format = "jsonl" // an object a line
)

// Formats are all formats.
var Formats = []Format{CSV, JSONLines}

// row is the cells of a row.
type row []cell

// cell is one value.
type cell interface {
	csv() string
	json() ([]byte, error)
}

// text is a value that a person or another program has written. A spreadsheet must not take
// it for a formula.
type text string

// csv guards a text that a spreadsheet would execute, by a quote in front.
func (t text) csv() string {
	if t != "" && strings.ContainsRune("=+-@\t\r", rune(t[0])) {
		return "'" + string(t)
	}
	return string(t)
}

func (t text) json() ([]byte, error) { return json.Marshal(string(t)) }

// number is digits, which must add up; empty when there is none. In JSON it is a text, so
// that no reader rounds it.
type number string

func (n number) csv() string { return string(n) }

func (n number) json() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(n))
}

// document is JSON. It begins with a bracket.
type document []byte

func (d document) csv() string           { return string(d) }
func (d document) json() ([]byte, error) { return d, nil }

// table is where rows go.
type table interface {
	row(r row) error
	flush() error
}

// table returns a table with these columns.
func (f Format) table(w io.Writer, columns []string) (table, error) {
	switch f {
	case CSV:
		out := csv.NewWriter(w)
		out.UseCRLF = true
		return csvTable{out}, out.Write(columns)
	case JSONLines:
		return jsonTable{bufio.NewWriter(w), columns}, nil
	}
	return nil, fault.InvalidField("export.Write", "format", "must be csv or jsonl")
}

type csvTable struct{ *csv.Writer }

func (t csvTable) row(r row) error {
	fields := make([]string, len(r))
	for i, c := range r {
		fields[i] = c.csv()
	}
	return t.Write(fields)
}

func (t csvTable) flush() error {
	t.Flush()
	return t.Error()
}

type jsonTable struct {
	*bufio.Writer
	columns []string
}

func (t jsonTable) row(r row) error {
	var b bytes.Buffer
	for i, c := range r {
		value, err := c.json()
		if err != nil {
			return fault.Wrap(fault.Internal, "export.Write", err)
		}
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		b.WriteByte(before)
		b.WriteString(`"` + t.columns[i] + `":`)
		b.Write(value)
	}
	b.WriteString("}\n")
	_, err := t.Write(b.Bytes())
	return err
}

func (t jsonTable) flush() error { return t.Flush() }

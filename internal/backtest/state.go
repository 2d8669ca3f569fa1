package backtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds of a state file.
const (
	maxStateLine  = 4 << 20
	stateFormat   = "lintel backtest state 1"
	maxStateLines = 1_000_000
)

// Key says what a state file is the state of. Outcomes under one key are of no use under another.
type Key struct {
	Head     string `json:"head"`
	Settings string `json:"settings"`
	// Families are those of --only; empty is all.
	Families string `json:"families"`
	// Rules are those of --rules; empty is all.
	Rules   string `json:"rules,omitempty"`
	Build   string `json:"build"`
	Policy  string `json:"policy"`
	Samples int    `json:"samples"`
}

// Differs names the first part that differs from another key; empty when they are equal.
func (k Key) Differs(other Key) string {
	switch {
	case k.Head != other.Head:
		return "another head of the branch"
	case k.Settings != other.Settings:
		return "other settings"
	case k.Families != other.Families:
		return "other rule families"
	case k.Rules != other.Rules:
		return "other rules"
	case k.Build != other.Build || k.Policy != other.Policy:
		return "another build of lintel"
	case k.Samples != other.Samples:
		return "another number of samples"
	}
	return ""
}

// errNoState says that a file is no state of a backtest.
var errNoState = errors.New("it is no state file of lintel backtest")

// head is the first line of a state file.
type head struct {
	Format string `json:"format"`
	Key
}

// Begin is the first line of a state file.
func Begin(k Key) []byte { return stateLine(head{Format: stateFormat, Key: k}) }

// Line is the line of one outcome.
func (o Outcome) Line() []byte { return stateLine(o) }

func stateLine(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("backtest: plain data has no JSON: " + err.Error())
	}
	return b.Bytes()
}

// ReadState reads a state file and hands over each outcome. It gives the key, and how many bytes hold whole lines: a
// program that was stopped may have left half a line behind, which the next one writes over. A file that holds nothing
// gives the zero key and 0.
func ReadState(r io.Reader, take func(Outcome)) (k Key, whole int64, err error) {
	lines := bufio.NewReaderSize(r, 64<<10)
	for n := 0; ; n++ {
		line, err := readLine(lines)
		switch {
		case errors.Is(err, io.EOF):
			return k, whole, nil
		case err != nil:
			return k, whole, err
		case n > maxStateLines:
			return k, whole, errNoState
		case n == 0:
			var h head
			if json.Unmarshal(line, &h) != nil || h.Format != stateFormat {
				return k, whole, errNoState
			}
			k = h.Key
		default:
			var o Outcome
			if err := json.Unmarshal(line, &o); err != nil || o.Commit == "" {
				return k, whole, fmt.Errorf("line %d of it is no outcome of a change", n+1)
			}
			take(o)
		}
		whole += int64(len(line))
	}
}

// readLine reads a whole line. Half a line at the end is the end.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case len(line) > maxStateLine:
			return nil, errNoState
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		default:
			return nil, fmt.Errorf("read the state: %w", err)
		}
	}
}

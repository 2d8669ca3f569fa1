package backtest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/settings"
)

var aKey = Key{Head: "abc", Settings: "base", Build: "v1", Policy: "sha256:0", Samples: 3}

func aState() ([]byte, []Outcome) {
	text, all := Begin(aKey), []Outcome{}
	for i := range 4 {
		o := Of(commitOf(i+1), i, settings.Absent, decided(i), 3)
		text, all = append(text, o.Line()...), append(all, o)
	}
	return text, all
}

func TestState(t *testing.T) {
	text, all := aState()
	// Wherever a run was stopped, what was written as a whole is read.
	for cut := range len(text) + 1 {
		var got []Outcome
		k, whole, err := ReadState(bytes.NewReader(text[:cut]), func(o Outcome) { got = append(got, o) })
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		lines := bytes.Count(text[:cut], []byte("\n"))
		if want := bytes.LastIndexByte(text[:cut], '\n') + 1; whole != int64(want) || len(got) != max(0, lines-1) {
			t.Fatalf("cut at %d: %d bytes and %d outcomes, want %d and %d", cut, whole, len(got), want, lines-1)
		}
		if lines > 0 && k.Differs(aKey) != "" {
			t.Fatalf("cut at %d: the key is %+v", cut, k)
		}
		if d := cmp.Diff(all[:len(got)], got); len(got) > 0 && d != "" {
			t.Fatal(d)
		}
	}
}

func TestStateRefuses(t *testing.T) {
	begin := string(Begin(aKey))
	for name, text := range map[string]string{
		"another file":       "version: 1\n",
		"JSON":               `{"format":"x"}` + "\n",
		"a line of nothing":  begin + "\n",
		"no commit":          begin + "{}\n",
		"a line of 5 MB":     begin + strings.Repeat("x", 5<<20),
		"a header of 5 MB":   strings.Repeat(" ", 5<<20),
		"an array":           begin + "[]\n",
		"a second beginning": begin + begin,
	} {
		if _, _, err := ReadState(strings.NewReader(text), func(Outcome) {}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, _, err := ReadState(strings.NewReader("x\n"), func(Outcome) {}); !errors.Is(err, errNoState) {
		t.Errorf("it is %v", err)
	}
}

func TestKeyDiffers(t *testing.T) {
	for want, change := range map[string]func(*Key){
		"":                             func(*Key) {},
		"another head of the branch":   func(k *Key) { k.Head = "x" },
		"other settings":               func(k *Key) { k.Settings = "x" },
		"another build of lintel":      func(k *Key) { k.Policy = "x" },
		"other rule families":          func(k *Key) { k.Families = "x" },
		"another number of samples":    func(k *Key) { k.Samples = 9 },
		"another build of lintel\x00x": func(k *Key) { k.Build = "x" },
	} {
		k := aKey
		change(&k)
		if got, want := k.Differs(aKey), strings.TrimSuffix(want, "\x00x"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// FuzzReadState: whatever a state file holds, reading it ends well or with an error, and what was read reads the same
// when it is written again.
func FuzzReadState(f *testing.F) {
	text, _ := aState()
	f.Add(text)
	f.Add(text[:len(text)-5])
	f.Add([]byte("{}\n{}\n"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		tally := NewTally(3)
		again := []byte{}
		k, whole, err := ReadState(bytes.NewReader(text), func(o Outcome) {
			tally.Add(o)
			again = append(again, o.Line()...)
		})
		if whole < 0 || whole > int64(len(text)) {
			t.Fatalf("%d bytes of %d", whole, len(text))
		}
		if err != nil || whole == 0 {
			return
		}
		second := NewTally(3)
		if _, _, err := ReadState(bytes.NewReader(append(Begin(k), again...)), second.Add); err != nil {
			t.Fatal(err)
		}
		var order []Change
		for commit := range tally.rows {
			order = append(order, Change{Commit: commit})
		}
		if d := cmp.Diff(tally.Report(About{}, order, nil), second.Report(About{}, order, nil)); d != "" {
			t.Fatal(d)
		}
	})
}

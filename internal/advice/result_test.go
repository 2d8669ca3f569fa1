package advice

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadResult(t *testing.T) {
	want := Result{
		Advice:   Advice{Version: Version, Extent: Partial, Bullets: []Bullet{{Text: "t", Files: []string{"a.go"}}}},
		Known:    []Known{{Draft: Draft{Key: "sha256:1"}, Hash: "sha256:2", State: Open}},
		Comments: "draft",
		Took:     12,
	}
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadResult(body)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for body, says := range map[string]string{
		`{"advice":{"version":2}}`: "version 2",
		`{"advice":{}}`:            "version 0",
		`{"advice":[]}`:            "read stored advice",
		`nonsense`:                 "read stored advice",
	} {
		if _, err := ReadResult([]byte(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

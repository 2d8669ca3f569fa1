package settings

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
)

// TestResolve tries what an attacker would.
//
// Attack by the author: Invalid settings, to disable rules: the last good settings stay in force; without any the
// check fails. Also `cmd/lintel/testdata/script/check_settings_broken.txtar`.
func TestResolve(t *testing.T) {
	file := func(blob, content string) change.File {
		return change.File{Path: Path, Blob: blob, Size: int64(len(content)), Content: []byte(content)}
	}
	at := func(f change.File) map[string]change.File { return map[string]change.File{Path: f} }
	valid := file("aaaaaaaaaa", "version: 1\nsize: {fail_over: 5}\n")
	older := file("bbbbbbbbbb", "version: 1\nsize: {fail_over: 6}\n")
	broken := file("cccccccccc", "version: 1\nsize: {fail_ovr: 5}\n")
	unknown := file("dddddddddd", "version: 1\nrules: {size/gone: {mode: off}}\n")
	missing := change.File{Path: Path, Blob: "eeeeeeeeee", Size: 10}
	large := change.File{Path: Path, Blob: "ffffffffff", Size: MaxBytes + 1}
	gap := []change.Gap{{Fact: "owners.team", Reason: "other"}, {Fact: "settings", Reason: "HTTP 500"}}
	other := gap[:1]
	for _, tt := range []struct {
		name     string
		controls change.Controls
		gaps     []change.Gap
		source   Source
		inForce  string
		failOver int
		errors   int
		reason   string
	}{
		{"no file", change.Controls{}, other, Absent, "", 500, 0, ""},
		{"no file is not known", change.Controls{}, gap, None, "", 500, 0, ".github/lintel.yml could not be read: HTTP 500"},
		{"valid", change.Controls{Files: at(valid)}, nil, FromFile, "aaaaaaaaaa", 5, 0, ""},
		{"valid, with a gap", change.Controls{Files: at(valid)}, gap, FromFile, "aaaaaaaaaa", 5, 0, ""},
		{"content is missing", change.Controls{Files: at(missing), SettingsHistory: []change.File{valid}}, nil, None, "", 500, 0,
			".github/lintel.yml could not be read: its content is missing"},
		{"content is missing, with a gap", change.Controls{Files: at(missing)}, gap, None, "", 500, 0,
			".github/lintel.yml could not be read: HTTP 500"},
		{"empty, and written and read as JSON", change.Controls{Files: at(change.File{Path: Path, Blob: "e69de29"})}, nil, None, "", 500, 1,
			".github/lintel.yml is not valid (1 error), and there has never been a valid version; correct the file on the base branch"},
		{"last good", change.Controls{Files: at(broken), SettingsHistory: []change.File{broken, unknown, valid, older}}, other,
			LastGood, "aaaaaaaaaa", 5, 1,
			".github/lintel.yml is not valid (1 error); the last valid version (aaaaaaa) stays in force"},
		{"too large", change.Controls{Files: at(large), SettingsHistory: []change.File{large, older}}, nil, LastGood, "bbbbbbbbbb", 6, 1,
			".github/lintel.yml is not valid (1 error); the last valid version (bbbbbbb) stays in force"},
		{"a hole in the history", change.Controls{Files: at(broken), SettingsHistory: []change.File{missing, valid}}, nil, None, "", 500, 1,
			".github/lintel.yml is not valid (1 error), and its history could not be read: the content of an older version is missing"},
		{"the history is not known", change.Controls{Files: at(broken), SettingsHistory: []change.File{valid}}, gap, None, "", 500, 1,
			".github/lintel.yml is not valid (1 error), and its history could not be read: HTTP 500"},
		{"never valid", change.Controls{Files: at(broken), SettingsHistory: []change.File{unknown}}, nil, None, "", 500, 1,
			".github/lintel.yml is not valid (1 error), and there has never been a valid version; correct the file on the base branch"},
		{"history is cut", change.Controls{Files: at(broken), HistoryCut: true}, nil, None, "", 500, 1,
			".github/lintel.yml is not valid (1 error), and no valid version was found as far back as the history is " +
				"read; correct the file on the base branch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Resolve(tt.controls, tt.gaps, rules)
			if r.Source != tt.source || r.InForce != tt.inForce || r.Settings.Size.FailOver != tt.failOver ||
				len(r.Errors) != tt.errors || r.Reason != tt.reason {
				t.Errorf(
					"source %q, in force %q, fail_over %d, errors %v, reason %q",
					r.Source,
					r.InForce,
					r.Settings.Size.FailOver,
					r.Errors,
					r.Reason,
				)
			}
			if r.Decided() != (tt.source != None) {
				t.Error("Decided is wrong")
			}
			if tt.source == None || tt.source == Absent {
				if d := cmp.Diff(Default(), r.Settings); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestPreview(t *testing.T) {
	if p := Preview(nil, change.Controls{}, rules); p.Touched {
		t.Error("a change that leaves the file alone proposes nothing")
	}
	p := Preview(&change.File{Path: Path}, change.Controls{}, rules)
	if d := cmp.Diff(Default(), p.Settings); !p.Touched || !p.Removed || d != "" {
		t.Errorf("removed: %+v", p)
	}
	p = Preview(
		&change.File{Path: Path, Blob: "a", Size: 30, Content: []byte("version: 1\nsize: {fail_over: 7}")},
		change.Controls{},
		rules,
	)
	if !p.Touched || p.Removed || len(p.Errors) > 0 || p.Settings.Size.FailOver != 7 {
		t.Errorf("valid: %+v", p)
	}
	for _, tt := range []struct {
		file change.File
		want string
	}{
		{change.File{Path: Path, Blob: "a", Size: 17, Content: []byte("version: 1\na: 1\n")},
			`.github/lintel.yml:2:1: unknown key "a" at the top level; the keys are advise, checks, commits, coverage, demote, ` +
				`dependencies, lint, ` +
				`overrides, ownership, report, reports, rules, secrets, size, smells, tests, version, workflows`},
		{change.File{Path: Path, Blob: "a"}, `.github/lintel.yml:1:1: the key "version" is missing`},
		{change.File{Path: Path, Blob: "a", Size: 5}, `.github/lintel.yml:1:1: the proposed file could not be read`},
		{change.File{Path: Path, Blob: "a", Size: MaxBytes + 1},
			`.github/lintel.yml:1:1: the file is too large: it has 262145 bytes, the limit is 262144`},
		{change.File{Path: Path, Blob: "a", Size: 200_000, Content: bytes.Repeat([]byte("["), 200_000)},
			`.github/lintel.yml:1:10001: the file is nested deeper than 64 levels`},
	} {
		p := Preview(&tt.file, change.Controls{}, rules)
		if !p.Touched || len(p.Errors) != 1 || p.Errors[0].String() != tt.want {
			t.Errorf("got %v, want %s", p.Errors, tt.want)
		}
	}
}

package secrets

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/zricethezav/gitleaks/v8/config"
)

var update = flag.Bool("update", false, "write rules.json anew from the module of gitleaks")

// their is gitleaks' file of rules, https://github.com/gitleaks/gitleaks#configuration. A key that is not here is an
// error, so that a new version of gitleaks cannot bring a condition that nobody heeds.
type their struct {
	Title      string      `toml:"title"`
	MinVersion string      `toml:"minVersion"`
	Allowlist  theirList   `toml:"allowlist"`
	Rules      []theirRule `toml:"rules"`
}

type theirRule struct {
	ID          string      `toml:"id"`
	Description string      `toml:"description"`
	Path        string      `toml:"path"`
	Regex       string      `toml:"regex"`
	SecretGroup int         `toml:"secretGroup"`
	Entropy     float64     `toml:"entropy"`
	Keywords    []string    `toml:"keywords"`
	Tags        []string    `toml:"tags"`
	Allowlists  []theirList `toml:"allowlists"`
}

type theirList struct {
	Description string   `toml:"description"`
	Condition   string   `toml:"condition"`
	Paths       []string `toml:"paths"`
	RegexTarget string   `toml:"regexTarget"`
	Regexes     []string `toml:"regexes"`
	StopWords   []string `toml:"stopwords"`
}

func (l theirList) facts() exceptions {
	return exceptions{
		All:       strings.EqualFold(l.Condition, "AND") || l.Condition == "&&",
		Paths:     len(l.Paths) > 0,
		Target:    l.RegexTarget,
		Regexes:   l.Regexes,
		StopWords: lower(l.StopWords),
	}
}

// TestTable holds the table to the rules of the gitleaks that go.mod names. After an update of the module: go test
// ./internal/secrets -update
func TestTable(t *testing.T) {
	var theirs their
	if err := toml.NewDecoder(strings.NewReader(config.DefaultConfig)).DisallowUnknownFields().Decode(&theirs); err != nil {
		t.Fatal(err)
	}
	wide := slices.Index(theirs.Allowlist.Regexes, tooWide)
	if wide < 0 {
		t.Fatal("the exception for true, false and null is not where it was: look at it")
	}
	theirs.Allowlist.Regexes[wide] = meant
	want := file{Source: "gitleaks " + version(t) + ", MIT License", Allowlist: theirs.Allowlist.facts()}
	want.Allowlist.Paths = false
	for _, r := range theirs.Rules {
		if r.Regex == "" {
			continue
		}
		p := pattern{ID: r.ID, Regex: r.Regex, SecretGroup: r.SecretGroup, Entropy: r.Entropy, Keywords: r.Keywords}
		for _, l := range r.Allowlists {
			if len(l.Regexes)+len(l.StopWords) > 0 {
				p.Allowlists = append(p.Allowlists, l.facts())
			}
		}
		want.Rules = append(want.Rules, p)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("rules.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(b.Bytes(), table) {
		t.Error("rules.json is not what gitleaks' rules say: run go test ./internal/secrets -run TestTable -update, and " +
			"look at the difference")
	}
}

// version is the one of gitleaks that go.mod names.
func version(t *testing.T) string {
	t.Helper()
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(mod)) {
		if f := strings.Fields(l); len(f) >= 2 && f[0] == "github.com/zricethezav/gitleaks/v8" {
			return f[1]
		}
	}
	t.Fatal("go.mod names no gitleaks")
	return ""
}

func TestFormats(t *testing.T) {
	formats, err := Formats()
	if err != nil || len(formats) < 200 || !slices.IsSorted(formats) || !slices.Contains(formats, "github-pat") {
		t.Errorf("%d formats, %v", len(formats), err)
	}
}

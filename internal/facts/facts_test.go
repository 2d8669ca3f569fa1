package facts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/settings"
)

var update = flag.Bool("update", false, "write docs/facts.schema.json")

const published = "../../docs/facts.schema.json"

func ptr[T any](v T) *T { return &v }

// rich is a snapshot with something in every corner.
func rich() *change.Snapshot {
	a, b := strings.Repeat("a", 40), strings.Repeat("b", 40)
	owners := "* @acme/shop @bob\n/docs/ docs@example.com\n"
	return &change.Snapshot{
		Ref:  change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: 12}, Owner: "acme", Name: "shop", Connection: 3},
		Kind: change.Request,
		Repository: change.Repository{
			ID:            7,
			Owner:         "acme",
			Name:          "shop",
			Private:       true,
			DefaultBranch: "main",
			Merges:        change.MergeSettings{Squash: ptr(true), SquashTitle: "PR_TITLE"},
		},
		State: change.Open, Draft: true, Fork: true, Title: ptr("feat(cart): add <b>a</b> field"), Body: ptr("Why\r\n\xff not"),
		Author: &change.Account{Login: "ann", ID: 1}, Labels: []string{"zeta", "alpha"}, URL: "https://example.com/12",
		Base: change.Rev{Ref: "main", SHA: b}, Head: change.Rev{Ref: "cart", SHA: a}, MergeBase: b,
		Controls: change.Controls{Rev: change.Rev{Ref: "main", SHA: b}, Substituted: "it is not protected", Files: map[string]change.File{
			"CODEOWNERS": {Path: "CODEOWNERS", Blob: "c1", Size: int64(len(owners)), Content: []byte(owners)},
		}},
		Commits: []change.Commit{
			{SHA: a, Parents: []string{b}, Message: "Feat: x", Author: change.Signature{Name: "Ann", Email: "ann@example.com"}},
		},
		CommitsTotal: 1,
		Files: []diff.File{
			{Path: "docs/a.md", Status: diff.Added, State: diff.Text, Size: 2, Additions: 1, Mode: "100644",
				Hunks: []diff.Hunk{{NewStart: 1, NewLines: 1, Lines: []diff.Line{{Op: diff.Add, Text: "x"}}}}},
			{Path: "lib/b.bin", Status: diff.Added, State: diff.Binary, Size: 9},
		},
		FilesTotal: 2,
		Reviews: []change.Review{
			{
				ID:          1,
				Author:      change.Account{Login: "bob"},
				State:       change.Approved,
				Commit:      a,
				CanWrite:    ptr(true),
				SubmittedAt: time.Unix(5, 0),
			},
		},
		Teams:  map[string]change.Team{"acme/shop": {Exists: true, CanWrite: ptr(true), Members: []string{"cy"}}},
		Owners: map[string]change.OwnerAccount{"bob": {Exists: true, CanWrite: ptr(true)}},
		Gaps: []change.Gap{
			{Fact: "siblings", Reason: "HTTP 500"},
			{Fact: "owners.account", Reason: "HTTP 500", Path: "docs@example.com"},
		},
		TakenAt: time.Unix(100, 0),
	}
}

func inForce() settings.Resolution {
	return settings.Resolution{Settings: settings.Default(), Source: settings.LastGood, InForce: "f00", Reason: "it is not valid",
		Errors: []document.Problem{{Line: 2, Column: 3, Message: "no"}}}
}

func gather(t testing.TB, s *change.Snapshot) Facts {
	t.Helper()
	f, err := Gather(t.Context(), s, inForce())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Equal snapshots give equal facts: when they were taken, the order of maps and a way through JSON do not matter.
func TestEqualSnapshotsGiveEqualFacts(t *testing.T) {
	first, err := gather(t, rich()).JSON()
	if err != nil {
		t.Fatal(err)
	}
	later := rich()
	later.TakenAt = later.TakenAt.Add(time.Hour)
	later.Ref.Connection = 99
	later.Labels = []string{"alpha", "zeta"}
	later.Gaps[0], later.Gaps[1] = later.Gaps[1], later.Gaps[0]
	stored, err := json.Marshal(later)
	if err != nil {
		t.Fatal(err)
	}
	var read change.Snapshot
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		for name, s := range map[string]*change.Snapshot{"again": rich(), "later": later, "through JSON": &read} {
			again, err := gather(t, s).JSON()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(first), string(again)); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	}
}

func TestEveryFactIsInTheDigest(t *testing.T) {
	base, err := gather(t, rich()).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(*change.Snapshot){
		"title":  func(s *change.Snapshot) { s.Title = nil },
		"draft":  func(s *change.Snapshot) { s.Draft = false },
		"labels": func(s *change.Snapshot) { s.Labels = nil },
		"head":   func(s *change.Snapshot) { s.Head.SHA = "x" },
		"commit": func(s *change.Snapshot) { s.Commits[0].Message = "feat: x" },
		"review": func(s *change.Snapshot) { s.Reviews[0].State = change.Dismissed },
		"files":  func(s *change.Snapshot) { s.FilesTotal++ },
		"gap":    func(s *change.Snapshot) { s.Gaps = nil },
	} {
		s := rich()
		alter(s)
		if got, err := gather(t, s).JSON(); err != nil || bytes.Equal(got, base) {
			t.Errorf("%s does not change the digest (%v)", name, err)
		}
	}
}

func TestParseReadsJSON(t *testing.T) {
	f := gather(t, rich()).Propose(settings.Proposal{Touched: true, Removed: true},
		[]Difference{{Rule: "a/b", Was: WeightNone, WouldBe: WeightBlock}})
	b, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.JSON()
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("facts change on their way through JSON (%v):\n%s", err, cmp.Diff(string(b), string(again)))
	}
	for text, want := range map[string]string{`{"schema":2}`: "schema 2", `{"shcema":1}`: "shcema", `[`: "read facts"} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s): error %v, want %q", text, err, want)
		}
	}
}

// Completeness is proved by the forge's count and by the absence of a gap, both.
//
// Attack by the author: More files than are listed, lines that cannot be read: the forge's own count proves
// completeness; an incomplete list fails; the check names what is missing. Also `internal/policy/gate_test.go`
// `TestGateMode`.
func TestFilesComplete(t *testing.T) {
	for name, tc := range map[string]struct {
		alter func(*change.Snapshot)
		want  Files
	}{
		"all there":     {func(*change.Snapshot) {}, Files{Total: 2, Listed: 2, Complete: true}},
		"one missing":   {func(s *change.Snapshot) { s.FilesTotal = 3 }, Files{Total: 3, Listed: 2}},
		"one too many":  {func(s *change.Snapshot) { s.FilesTotal = 1 }, Files{Total: 1, Listed: 2}},
		"a gap says so": {func(s *change.Snapshot) { s.Gaps = append(s.Gaps, change.Gap{Fact: "diff.files"}) }, Files{Total: 2, Listed: 2}},
		"another gap": {func(s *change.Snapshot) { s.Gaps = append(s.Gaps, change.Gap{Fact: "diff.lines"}) },
			Files{Total: 2, Listed: 2, Complete: true}},
	} {
		s := rich()
		tc.alter(s)
		if got := gather(t, s).Files; got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

func TestBounds(t *testing.T) {
	s := rich()
	s.Title, s.Body = ptr(strings.Repeat("ä", 2000)), ptr(strings.Repeat("x", 100_000))
	s.Labels, s.Gaps = nil, nil
	for i := range 1500 {
		s.Labels = append(s.Labels, fmt.Sprintf("l%04d", i))
		s.Gaps = append(s.Gaps, change.Gap{Fact: "diff.lines", Path: fmt.Sprintf("f%04d", i)})
	}
	f := gather(t, s)
	if len(*f.Change.Title) > maxTitle+3 || !strings.HasSuffix(*f.Change.Title, "ä…") || len(*f.Change.Body) > maxBody+3 {
		t.Errorf("title of %d bytes, body of %d", len(*f.Change.Title), len(*f.Change.Body))
	}
	if len(f.Change.Labels) != maxList || len(f.Gaps) != maxList || f.GapsMore != 500 {
		t.Errorf("%d labels, %d gaps and %d more", len(f.Change.Labels), len(f.Gaps), f.GapsMore)
	}
	many := make([]Difference, 250)
	p := f.Propose(settings.Proposal{Touched: true}, many).Controls.Proposed
	if len(p.Changes) != maxProblems || p.ChangesMore != 150 {
		t.Errorf("%d differences and %d more", len(p.Changes), p.ChangesMore)
	}
	if f.Controls.Proposed != nil {
		t.Error("Propose changed the facts it was given")
	}
}

// The published schema is the code's, and facts pass it, from the emptiest snapshot to one with everything.
func TestSchema(t *testing.T) {
	want, err := schemaWith(descriptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(published, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/facts.schema.json is not that of the code; run go test ./internal/facts -update\n%s", diff)
	}
	schema, err := document.Compile(got)
	if err != nil {
		t.Fatal(err)
	}
	group := rich()
	group.Kind, group.Group = change.MergeGroup, &change.Group{Head: "c", Base: "b", Ref: "q", Problem: "gone"}
	for name, f := range map[string]Facts{
		"empty":    gather(t, &change.Snapshot{Kind: change.LocalBranch, State: change.Open}),
		"rich":     gather(t, rich()),
		"group":    gather(t, group),
		"proposed": gather(t, rich()).Propose(settings.Proposal{Touched: true, Errors: inForce().Errors}, nil),
	} {
		b, err := f.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range document.ValidateJSON(schema, b) {
			t.Errorf("%s: %s: %s", name, p.Path, p.Message)
		}
		if i := bytes.Index(b, []byte("null")); name == "rich" && i >= 0 && bytes.Contains(b, []byte("[null")) {
			t.Errorf("a list holds null near %s", b[max(0, i-40):i])
		}
	}
}

func TestGatherErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Gather(ctx, rich(), inForce()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// Facts that can be read can be written, and reading them again gives the same.
func FuzzParse(f *testing.F) {
	b, err := gather(f, rich()).JSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"schema":1,"change":{"title":"\ud800\ufffd"},"gaps":[{"fact":"x"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := Parse(text)
		if err != nil {
			return
		}
		a, err := first.JSON()
		if err != nil {
			t.Fatal(err)
		}
		second, err := Parse(a)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := second.JSON(); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s\nbecomes\n%s (%v)", a, b, err)
		}
	})
}

// A change that its forge calls otherwise says so; the facts of all others are as they were.
func TestNounIsTheForges(t *testing.T) {
	s := rich()
	for forge, want := range map[change.Forge]string{change.GitHub: "", change.Local: "", change.GitLab: "merge request"} {
		s.Ref.Forge = forge
		if got := changeOf(s).Noun; got != want {
			t.Errorf("%s: noun %q, want %q", forge, got, want)
		}
	}
	s.Ref.Forge, s.OwnersDialect = change.Local, change.GitLab
	if got := changeOf(s).Noun; got != "merge request" {
		t.Errorf("a clone of a project of GitLab: noun %q", got)
	}
}

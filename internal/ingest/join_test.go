package ingest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/upload"
)

// record is a database of base reports by commit, newest upload first, and one set for the head.
type record struct {
	set   upload.Set
	base  []upload.BaseAt
	asked upload.Head
}

func (r *record) HeadReports(_ context.Context, h upload.Head) (upload.Set, error) {
	r.asked = h
	s := r.set
	s.Reports = slices.Clone(s.Reports)
	return s, nil
}

func (r *record) BaseIndex(context.Context, change.Forge, int64, int) ([]upload.BaseAt, error) {
	return r.base, nil
}

func (r *record) BaseReports(_ context.Context, _ change.Forge, _ int64, sha string) ([]report.Report, error) {
	var all []report.Report
	for _, b := range r.base {
		if b.SHA == sha {
			all = append(all, report.Report{Kind: b.Kind, Flag: b.Flag, SHA: sha, Base: true, Trust: report.FullTrust})
		}
	}
	return all, nil
}

// line is a history in which each commit's parent is the next.
type line struct {
	commits []string
	asked   int
}

func (l *line) Ancestors(_ context.Context, _ change.Ref, sha string, limit int) ([]string, error) {
	l.asked++
	at := slices.Index(l.commits, sha)
	return l.commits[at:min(len(l.commits), at+limit)], nil
}

func at(sha, flag string) upload.BaseAt {
	return upload.BaseAt{SHA: sha, Kind: report.CoverageKind, Flag: flag}
}

// noFiles is a head without files.
type noFiles struct{}

func (noFiles) Tree(context.Context, change.Ref, string) (change.Tree, error) {
	return change.Tree{}, nil
}

func joiner(t *testing.T, r *record, l *line) *ingest.Joiner {
	t.Helper()
	j, err := ingest.NewJoiner(r, l, noFiles{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestJoinerNeedsAllParts(t *testing.T) {
	r, l := &record{}, &line{}
	_, noRecord := ingest.NewJoiner(nil, l, noFiles{})
	_, noHistory := ingest.NewJoiner(r, nil, noFiles{})
	_, noTrees := ingest.NewJoiner(r, l, nil)
	for _, err := range []error{noRecord, noHistory, noTrees} {
		if err == nil || !strings.Contains(err.Error(), "a part is missing") {
			t.Errorf("got %v", err)
		}
	}
}

func TestBaseIsTheNearestOfEachFlag(t *testing.T) {
	long := &line{}
	for i := range 40 {
		long.commits = append(long.commits, fmt.Sprintf("c%d", i))
	}
	for name, c := range map[string]struct {
		base  []upload.BaseAt
		want  []string
		asked int
	}{
		"none anywhere":             {nil, []string{}, 0},
		"at the merge base":         {[]upload.BaseAt{at("c4", "unit"), at("c9", "unit")}, []string{"unit c4"}, 0},
		"nearest below, by history": {[]upload.BaseAt{at("c9", "unit"), at("c6", "unit"), at("c7", "unit")}, []string{"unit c6"}, 1},
		"above is not a base":       {[]upload.BaseAt{at("c3", "unit")}, []string{}, 1},
		"each flag for itself": {[]upload.BaseAt{at("c4", "unit"), at("c8", "e2e"), at("c8", "unit")},
			[]string{"e2e c8", "unit c4"}, 1},
		"twenty back":               {[]upload.BaseAt{at("c24", "unit")}, []string{"unit c24"}, 1},
		"further back is not taken": {[]upload.BaseAt{at("c25", "unit")}, []string{}, 1},
		"another branch":            {[]upload.BaseAt{at("other", "unit")}, []string{}, 1},
	} {
		long.asked = 0
		snap := &change.Snapshot{Head: change.Rev{SHA: "head"}, MergeBase: "c4"}
		r := &record{set: upload.Set{Reports: []report.Report{{Kind: report.CoverageKind, Flag: "unit"}}}, base: c.base}
		if err := joiner(t, r, long).Join(t.Context(), snap); err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, x := range snap.Reports {
			if x.Base {
				got = append(got, x.Flag+" "+x.SHA)
			}
		}
		if !slices.Equal(got, c.want) || long.asked != c.asked {
			t.Errorf("%s: %q with %d calls, want %q with %d", name, got, long.asked, c.want, c.asked)
		}
	}
}

func TestNothingIsAskedWithoutReports(t *testing.T) {
	history := &line{commits: []string{"base"}}
	when := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	snap := &change.Snapshot{Head: change.Rev{SHA: "head"}, MergeBase: "base"}
	r := &record{base: []upload.BaseAt{at("elsewhere", "unit")}, set: upload.Set{Finalised: when}}
	if err := joiner(t, r, history).Join(t.Context(), snap); err != nil {
		t.Fatal(err)
	}
	if history.asked != 0 || len(snap.Reports) != 0 || !snap.Arrivals.Finalised.Equal(when) {
		t.Errorf("%d calls, %+v", history.asked, snap)
	}
}

func TestWhoseNumbersTheyAre(t *testing.T) {
	for fork, want := range map[bool]report.Trust{false: report.FullTrust, true: report.AuthorTrust} {
		snap := change.Snapshot{Fork: fork, Head: change.Rev{SHA: "head"}, Group: &change.Group{Number: 7}, MergeBase: "base"}
		r := &record{
			set:  upload.Set{Reports: []report.Report{{Trust: report.FullTrust, Flag: "unit", Kind: report.CoverageKind}}},
			base: []upload.BaseAt{at("base", "unit")},
		}
		if err := joiner(t, r, &line{commits: []string{"base"}}).Join(t.Context(), &snap); err != nil {
			t.Fatal(err)
		}
		if got := snap.Reports[0].Trust; got != want || snap.Reports[1].Trust != report.FullTrust {
			t.Errorf("fork %v: %s, want %s; the base's %s", fork, got, want, snap.Reports[1].Trust)
		}
		if r.asked.Number != 7 || r.asked.Fork != fork {
			t.Errorf("asked for %+v", r.asked)
		}
	}
}

package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/lint"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// lint reads 10,000 findings and a diff of 5 MB, and finds those on added lines, as the peer's number was measured;
// then the largest body that is promised: 25,000 findings in 3,000 files, compared with as many of the merge base.
func (b *bench) lint() error {
	whole, added := lintDiff(2500)
	var findings bytes.Buffer
	want := 0
	for i := range 10_000 {
		f := i % 2500
		line := added[f]
		if i/2500%2 == 0 {
			line += 5000 // far from the hunk
		} else {
			want++
		}
		fmt.Fprintf(&findings,
			`{"message":"finding `+
				`%d","location":{"path":"dir%d/file%d.go","range":{"start":{"line":%d,"column":2}}},"severity":"ERROR",`+
				`"source":{"name":"tool"},"code":{"value":"R%d"}}`+"\n", i, f%50, f, line, i%20)
	}
	got, err := repeat(7, func() error {
		facts, err := b.lintOnce(whole, 2500, lintReport{"rdjsonl", findings.Bytes()})
		if err == nil && len(facts.Findings)+facts.More != want {
			err = fmt.Errorf("%d findings are on added lines, want %d", len(facts.Findings)+facts.More, want)
		}
		return err
	})
	if err != nil {
		return err
	}
	b.table.add(row{What: fmt.Sprintf("lint, 10,000 findings on a diff of %.1f MB", float64(len(whole))/1e6),
		Measured: fmt.Sprintf("%s, %s kept", spread(got), grouped(want)), Bar: "< 0.25 s", Peer: "reviewdog 0.21-0.28 s",
		Verdict: judge(got.at(50) < 250*time.Millisecond), Values: map[string]float64{"seconds": got.at(50).Seconds()}})

	whole, added = lintDiff(3000)
	var sarif bytes.Buffer
	sarif.WriteString(`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"tool","rules":[{"id":"R0"}]}},"results":[`)
	for i := range report.MaxFindings {
		f := i % 3000
		if i > 0 {
			sarif.WriteByte(',')
		}
		fmt.Fprintf(&sarif,
			`{"ruleId":"R%d","level":"error","message":{"text":"finding of some length, as tools write them: the value `+
				`is never `+
				`used"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///home/runner/work/shop/shop/`+
				`dir%d/file%d.go"},"region":{"startLine":%d,"startColumn":3,"endColumn":9}}}]}`, i%20, f%50, f, added[f]+i/3000)
	}
	sarif.WriteString(`]}]}`)
	got, err = repeat(5, func() error {
		facts, err := b.lintOnce(whole, 3000, lintReport{"sarif", sarif.Bytes()}, lintReport{"sarif", sarif.Bytes()})
		if err == nil && len(facts.Findings)+facts.More+facts.Known+facts.Outside != report.MaxFindings {
			err = fmt.Errorf("%d findings were taken", len(facts.Findings)+facts.More+facts.Known+facts.Outside)
		}
		return err
	})
	if err != nil {
		return err
	}
	b.table.add(row{
		What:     "lint, 25,000 findings in 3,000 files against the base's",
		Measured: fmt.Sprintf("%s, SARIF of %.1f MB twice", spread(got), float64(sarif.Len())/1e6),
		Values:   map[string]float64{"seconds": got.at(50).Seconds()},
	})
	return nil
}

type lintReport struct {
	format string
	text   []byte
}

// lintOnce goes all the way from bytes to facts. A second report is that of the merge base.
func (b *bench) lintOnce(whole []byte, files int, reports ...lintReport) (lint.Facts, error) {
	s := &change.Snapshot{Head: change.Rev{SHA: "head"}, MergeBase: "base"}
	var err error
	if s.Files, err = diff.Parse(bytes.NewReader(whole), diff.Limits{}); err != nil {
		return lint.Facts{}, err
	}
	for i := range files {
		s.Tree = append(s.Tree, fmt.Sprintf("dir%d/file%d.go", i%50, i))
	}
	for i, r := range reports {
		parsed, format, err := lint.Parse(r.format, bytes.NewReader(r.text), 0)
		if err != nil {
			return lint.Facts{}, err
		}
		s.Reports = append(s.Reports,
			report.Report{Kind: report.LintKind, Format: format, Trust: report.FullTrust, Base: i > 0, Lint: &parsed})
	}
	return lint.Analyse(s, settings.Lint{Filter: "added", NewOnly: true}), nil
}

// lintDiff is a diff of so many files, 2.6 KB each, with the first added line of each.
func lintDiff(files int) (whole []byte, added []int) {
	var b bytes.Buffer
	for i := range files {
		fmt.Fprintf(&b, "diff --git a/dir%d/file%d.go b/dir%d/file%d.go\nindex %040x..%040x 100644\n--- "+
			"a/dir%d/file%d.go\n+++ b/dir%d/file%d.go\n%s\n", i%50, i, i%50, i, i+1, i+2, i%50, i, i%50, i, patchOf(i, 33))
	}
	parsed, err := diff.Parse(bytes.NewReader(b.Bytes()), diff.Limits{})
	if err != nil {
		panic(err) // it was made here
	}
	for _, f := range parsed {
		added = append(added, f.Added()[0])
	}
	return b.Bytes(), added
}

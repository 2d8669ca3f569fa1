package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/verdict"
)

// maxDocument bounds the facts that a page shows, in bytes of its indented form.
const maxDocument = 200 << 10

// readFacts are the facts that the page puts into words. It ignores what it does not know: another version may have
// written the facts, and missing ones stay empty.
type readFacts struct {
	Change struct {
		Author *change.Account `json:"author"`
		Draft  bool            `json:"draft"`
		Fork   bool            `json:"fork"`
		Base   change.Rev      `json:"base"`
		Head   change.Rev      `json:"head"`
	} `json:"change"`
	Controls readControls  `json:"controls"`
	Reports  facts.Reports `json:"reports"`
	Coverage readCoverage  `json:"coverage"`
	// Dependencies are the packages that differ.
	Dependencies readDependencies `json:"dependencies"`
	Size         struct {
		Class     string `json:"class"`
		Lines     int    `json:"lines"`
		Additions int    `json:"additions"`
		Deletions int    `json:"deletions"`
	} `json:"size"`
	Files struct {
		Total    int  `json:"total"`
		Complete bool `json:"complete"`
	} `json:"files"`
	Risk struct {
		Level        string   `json:"level"`
		Unknown      []string `json:"unknown"`
		HistorySince string   `json:"history_since"`
	} `json:"risk"`
	Ownership struct {
		Unblock struct {
			People   []string `json:"people"`
			More     int      `json:"more"`
			Smallest bool     `json:"smallest"`
		} `json:"unblock"`
	} `json:"ownership"`
}

type readControls struct {
	Experiments []settings.Experiment `json:"experiments"`
	Source      string                `json:"source"`
	Path        string                `json:"path"`
	Ref         string                `json:"ref"`
	SHA         string                `json:"sha"`
	// Lines are where the file sets modes, by family and rule.
	Lines       map[string]int `json:"lines"`
	Reason      string         `json:"reason"`
	Substituted string         `json:"substituted"`
	Errors      []struct {
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Message string `json:"message"`
	} `json:"errors"`
}

func readingOf(body []byte) readFacts {
	var f readFacts
	if len(body) == 0 || json.Unmarshal(body, &f) != nil {
		return readFacts{}
	}
	return f
}

// problems are the settings file's, at most ten.
func (c readControls) problems() []string {
	var out []string
	for i, e := range c.Errors {
		if i == 10 {
			return append(out, fmt.Sprintf("and %d more", len(c.Errors)-10))
		}
		out = append(out, fmt.Sprintf("%s:%d:%d: %s", c.Path, e.Line, e.Column, e.Message))
	}
	return out
}

// unblock says whom to ask; empty when nobody is known.
func (f readFacts) unblock() string {
	u := f.Ownership.Unblock
	if len(u.People) == 0 {
		return ""
	}
	names := strings.Join(u.People, ", ")
	if u.More > 0 {
		names += fmt.Sprintf(" and %d more", u.More)
	}
	if len(u.People) == 1 && u.More == 0 {
		return "One approval is enough: " + names + "."
	}
	if u.Smallest {
		return "The fewest people who can unblock it: " + names + "."
	}
	return "These people can unblock it: " + names + "."
}

// unblockBeside is unblock, or empty when a remedy already names all of these people.
func (f readFacts) unblockBeside(remedy string) string {
	asked := strings.FieldsFunc(remedy, func(c rune) bool { return c != '-' && c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if f.Ownership.Unblock.More == 0 &&
		!slices.ContainsFunc(f.Ownership.Unblock.People, func(login string) bool { return !slices.Contains(asked, login) }) {
		return ""
	}
	return f.unblock()
}

// document is a JSON document as the page shows it. Kept is false when there is none.
type document struct {
	Kept bool
	Text string
	// Size is that of the whole in bytes, Cut is true when Text is only its beginning.
	Size int
	Cut  bool
}

func documentOf(body []byte) document {
	if len(body) == 0 {
		return document{}
	}
	d := document{Kept: true, Size: len(body)}
	// Indent only the part that is shown: facts of a large change are megabytes.
	if len(body) <= 4*maxDocument {
		var b bytes.Buffer
		if json.Indent(&b, body, "", "  ") == nil {
			body = b.Bytes()
		}
	}
	if len(body) > maxDocument {
		d.Cut, body = true, body[:maxDocument]
		for len(body) > 0 && !utf8.Valid(body[max(0, len(body)-utf8.UTFMax):]) {
			body = body[:len(body)-1]
		}
	}
	d.Text = string(body)
	return d
}

// settingsOf reads settings from their canonical form; nil when there are none or another version wrote them.
func settingsOf(body []byte) *settings.Settings {
	if len(body) == 0 {
		return nil
	}
	var s settings.Settings
	var limit struct {
		Cap     finding.Mode            `json:"cap"`
		Least   map[string]finding.Mode `json:"least"`
		Demoted []string                `json:"demoted"`
	}
	if json.Unmarshal(body, &s) != nil || json.Unmarshal(body, &limit) != nil || limit.Cap == "" {
		return nil
	}
	s.Cap, s.Least, s.Demoted = limit.Cap, limit.Least, limit.Demoted
	return &s
}

// history says whether the risk counts what the history of the files tells.
func (f readFacts) history() string {
	switch {
	case f.Risk.HistorySince != "":
		return "known by pushes since " + f.Risk.HistorySince + "; it counts in the risk once it is known for 90 days"
	case slices.Contains(f.Risk.Unknown, "history"):
		return "not known for the merge base, so it counts nothing in the risk"
	case f.Risk.Level != "":
		return "the 90 days before the merge base"
	}
	return ""
}

// evidenceView is one line of a verdict's evidence.
type evidenceView struct {
	Name, Value, URL string
	// Document is true for a digest of a document, Kept when the document is still there.
	Document, Kept bool
}

func (p *Pages) evidence(ctx context.Context, v *verdict.Verdict, f readFacts, l links) ([]evidenceView, error) {
	var out []evidenceView
	for _, d := range []struct {
		name, digest string
	}{{"Facts", v.Facts}, {"Decision", v.Decision}, {"Settings", v.Settings}, {"Policies", v.Policy}} {
		e := evidenceView{Name: d.name, Value: d.digest, Document: true}
		body, err := p.readDocument(ctx, d.digest)
		if err != nil {
			return nil, err
		}
		e.Kept = body != nil
		out = append(out, e)
	}
	out = append(out, evidenceView{Name: "Verdict as shown", Value: v.Digest}, evidenceView{Name: "Engine", Value: v.Engine})
	commits := []struct {
		name, sha string
	}{{"Head", v.Head}, {"Base", v.Base.SHA}, {"Merge base", v.MergeBase}, {"Rules read at", v.Controls}}
	if v.Target != v.Head {
		commits = append([]struct{ name, sha string }{{"Judged commit", v.Target}}, commits...)
	}
	for _, c := range commits {
		if c.sha != "" {
			out = append(out, evidenceView{Name: c.name, Value: c.sha, URL: l.commit(c.sha)})
		}
	}
	out = append(out, evidenceView{Name: "History of files", Value: f.history()})
	out = append(out, evidenceView{Name: "Control files", Value: v.ControlFiles},
		evidenceView{Name: "Snapshot begun", Value: clock(v.TakenAt)}, evidenceView{Name: "Decided", Value: clock(v.DecidedAt)})
	return out, nil
}

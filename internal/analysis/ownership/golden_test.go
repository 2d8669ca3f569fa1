package ownership

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

var update = flag.Bool("update", false, "write the facts that come out into the golden files")

// Each testdata/*.txtar is one change: "change" says who did what, "files" and "reviewed SHA" what the diff was, and sections that are
// named like a path are CODEOWNERS files at base ("head/..." at the head). "facts.json" is what must come out.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d golden files: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s, opt := story(t, a)
			got := encode(t, Analyse(s, opt))
			if again := encode(t, Analyse(roundTrip(t, s), opt)); again != got {
				t.Errorf("another reading of the same snapshot gives other facts:\n%s", cmp.Diff(got, again))
			}
			last := len(a.Files) - 1
			if last < 0 || a.Files[last].Name != "facts.json" {
				t.Fatal("the last section is not facts.json")
			}
			if *update {
				a.Files[last].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(string(a.Files[last].Data), got); d != "" {
				t.Error(d)
			}
		})
	}
}

func encode(t *testing.T, f Facts) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(f); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.Replace(b.String(), `"lint": null`, "", 1), "null") {
		t.Errorf("a list is null:\n%s", b.String())
	}
	return b.String()
}

// roundTrip writes the snapshot and reads it back, which shuffles every map.
func roundTrip(t *testing.T, s *change.Snapshot) *change.Snapshot {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out change.Snapshot
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func story(t *testing.T, a *txtar.Archive) (*change.Snapshot, settings.Ownership) {
	t.Helper()
	opt := settings.Ownership{SoleOwner: "block", KeepApprovals: true, Approvals: 1, Require: "any", CountPushers: true}
	s := &change.Snapshot{
		Kind: change.Request, Controls: change.Controls{Rev: change.Rev{Ref: "main", SHA: "b1"}, Files: map[string]change.File{}},
		Reviewed: map[string]change.Reviewed{}, Teams: map[string]change.Team{}, Owners: map[string]change.OwnerAccount{},
		Emails: map[string][]string{},
	}
	for _, f := range a.Files {
		text := string(f.Data)
		switch kind, arg, _ := strings.Cut(f.Name, " "); {
		case kind == "change":
			for line := range strings.Lines(text) {
				tell(t, s, &opt, strings.Fields(line))
			}
		case kind == "files":
			s.Files = files(t, text)
			s.FilesTotal = len(s.Files)
		case kind == "reviewed":
			s.Reviewed[arg] = change.Reviewed{Head: arg, Files: files(t, text), Complete: true}
		case kind == "unreadable":
			s.Reviewed[arg] = change.Reviewed{Head: arg, Reason: strings.TrimSpace(text)}
		case kind == "tree":
			s.Tree = strings.Fields(text)
		case strings.HasPrefix(kind, "head/"):
			path := strings.TrimPrefix(kind, "head/")
			s.ProposedOwners = &change.File{Path: path, Blob: "p1", Size: int64(len(text)), Content: f.Data}
		case kind == "facts.json":
		default:
			s.Controls.Files[kind] = change.File{Path: kind, Blob: "c1", Size: int64(len(text)), Content: f.Data}
		}
	}
	s.CommitsTotal = len(s.Commits)
	return s, opt
}

// tell adds one line of the section "change".
func tell(t *testing.T, s *change.Snapshot, opt *settings.Ownership, w []string) {
	t.Helper()
	if len(w) == 0 {
		return
	}
	rights := func(word string) *bool {
		yes := word == "write"
		if word == "unknown" {
			return nil
		}
		return &yes
	}
	switch w[0] {
	case "author":
		s.Author = &change.Account{Login: w[1], ID: 7}
	case "gitlab":
		s.Ref.Forge = change.GitLab
	case "local":
		s.Kind, s.Teams, s.Owners, s.Emails = change.LocalBranch, nil, nil, nil
	case "unasked":
		s.Unasked = map[string]string{w[1]: strings.Join(w[2:], " ")}
	case "commits":
		for _, sha := range w[1:] {
			s.Commits = append(s.Commits, change.Commit{SHA: sha, Message: "feat: change of " + sha + "\n\nbody"})
			s.Head = change.Rev{Ref: "topic", SHA: sha}
		}
	case "review":
		commit := w[3]
		if commit == "-" {
			commit = ""
		}
		r := change.Review{Author: change.Account{Login: w[1]}, State: change.ReviewState(w[2]), Commit: commit, CanWrite: rights(w[4])}
		for _, extra := range w[5:] {
			if mail, ok := strings.CutPrefix(extra, "email="); ok {
				r.Author.Email = mail
			} else if extra == "id=7" {
				r.Author.ID = 7
			}
		}
		s.Reviews = append(s.Reviews, r)
	case "team":
		s.Teams[w[1]] = change.Team{Exists: w[2] != "missing", CanWrite: rights(w[2]), Members: w[3:]}
	case "user":
		s.Owners[w[1]] = change.OwnerAccount{Exists: w[2] != "missing", CanWrite: rights(w[2])}
	case "email":
		s.Emails[w[1]] = w[2:]
	case "gap":
		path := w[2]
		if path == "-" {
			path = ""
		}
		s.Gaps = append(s.Gaps, change.Gap{Fact: w[1], Path: path, Reason: strings.Join(w[3:], " ")})
	case "size":
		f := s.Controls.Files[w[1]]
		f.Path, f.Size, f.Content = w[1], 4<<20, nil
		s.Controls.Files[w[1]] = f
	case "sole_owner":
		opt.SoleOwner = w[1]
	case "fallback_team":
		opt.FallbackTeam = w[1]
	case "keep_approvals":
		opt.KeepApprovals = w[1] == "true"
	default:
		t.Fatalf("unknown line %q", w)
	}
}

// files reads "M path text", "A path text", "D path text", "R path<-old text", "C path<-old text", "B path text"
// (binary without object ids) and "H path" with the added lines "n: text" behind it. The text stands for the patch.
func files(t *testing.T, text string) []diff.File {
	t.Helper()
	status := map[string]diff.Status{"M": diff.Modified, "A": diff.Added, "D": diff.Removed, "R": diff.Renamed, "C": diff.Copied,
		"B": diff.Modified}
	var out []diff.File
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		path, old, _ := strings.Cut(w[1], "<-")
		f := diff.File{Path: path, OldPath: old, Status: status[w[0]], State: diff.Text, OldMode: "100644", Mode: "100644"}
		if w[0] == "B" {
			f.State = diff.Binary
		} else {
			h := diff.Hunk{OldStart: 1, OldLines: 0, NewStart: 1}
			for i, l := range w[2:] {
				op := diff.Add
				if l == "=" {
					op = diff.Context
				}
				h.Lines = append(h.Lines, diff.Line{Op: op, Text: l})
				h.NewLines = i + 1
			}
			f.Hunks = []diff.Hunk{h}
		}
		out = append(out, f)
	}
	return out
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/settings"
)

// unsentCommits is how many commits of this repository are looked at, of those that the clone has.
const unsentCommits = 200

// shownCode is a line of code in a question, or what git says of where a hunk stands. Other files' code may name a path
// that is never sent: its author wrote it.
var shownCode = lazyregexp.New(`(?m)^(?:[RL]\d+ [ +-] |hunk in ).*$`)

// unsent plays the last commits of this repository as changes, with folders that settings never send, and counts the
// bytes in questions of what must not be there: those files' paths and lines, and the names and e-mails of authors.
func unsent(ctx context.Context, b *bench) error {
	set := settings.Default().Advise
	set.Enabled, set.NeverSend = true, []string{"/docs/", "/cmd/", "*.sql"}
	list, err := gitOut(ctx, "log", "--no-merges", fmt.Sprintf("-n%d", unsentCommits),
		"--format=%H%x1f%P%x1f%an%x1f%ae%x1f%cn%x1f%ce%x1f%s")
	if err != nil {
		return err
	}
	var detector redact.Detector
	commits, hidden, asked, leaked := 0, 0, 0, 0
	for _, l := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		f := strings.Split(l, "\x1f")
		if len(f) != 7 || f[1] == "" || strings.Contains(f[1], " ") {
			continue
		}
		patch, err := gitOut(ctx, "diff", "--no-color", "--no-ext-diff", "--find-renames", "--full-index", f[1], f[0])
		if err != nil {
			continue // the clone ends here
		}
		files, err := diff.Parse(bytes.NewReader(patch), diff.Limits{})
		if err != nil {
			return fmt.Errorf("commit %s: %w", f[0], err)
		}
		s := snapshotOf(0)
		s.Files, s.FilesTotal, s.Title, s.Author = files, len(files), &f[6], &change.Account{Login: f[2], Email: f[3], ID: 9}
		s.Commits = []change.Commit{{SHA: f[0], Parents: []string{f[1]}, Message: f[6],
			Author: change.Signature{Name: f[2], Email: f[3]}, Committer: change.Signature{Name: f[4], Email: f[5]}}}
		in, err := prepare.Input(s, nil, set)
		if err != nil {
			return err
		}
		m := &instant{}
		tools := advise.Tools{Model: m, Redactor: detector.Session(), Fences: []byte("no chance in a benchmark")}
		if _, err := advise.Advise(ctx, in, tools); err != nil {
			return err
		}
		excluded, _ := excerpt.Excluded(files, nil, set.NeverSend)
		commits, asked = commits+1, asked+len(m.asked)
		paths, lines := mustNotBeSent(files, excluded)
		hidden += len(paths)
		for _, q := range m.asked {
			leaked += leaks(q, paths, lines, f[2:6])
		}
	}
	verdict := judge(leaked == 0)
	if commits == 0 {
		verdict = "" // a clone without a past measures nothing
	}
	b.table.add(row{What: "advice, bytes of unsent files and of people in questions",
		Measured: fmt.Sprintf("%d in %d questions about %d commits with %d such files", leaked, asked, commits, hidden),
		Bar:      "0", Verdict: verdict,
		Values: map[string]float64{"bytes": float64(leaked), "commits": float64(commits)}})
	return nil
}

// gitOut asks the clone that the bench runs in.
func gitOut(ctx context.Context, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

// mustNotBeSent are the paths of files whose name is not for a model, and the lines of their hunks that no file that is
// sent has: pages repeat the help of commands.
func mustNotBeSent(files []diff.File, excluded map[string]string) (paths, lines []string) {
	const telling = 30
	var sent strings.Builder
	each := func(f diff.File, do func(string)) {
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if t := strings.TrimSpace(l.Text); len(t) >= telling {
					do(t)
				}
			}
		}
	}
	for _, f := range files {
		if _, out := excluded[f.Path]; !out {
			each(f, func(t string) { sent.WriteString(t + "\n") })
		}
	}
	shown := sent.String()
	for _, f := range files {
		if excerpt.Hidden(excluded[f.Path]) {
			paths = append(paths, f.Path)
			each(f, func(t string) {
				if !strings.Contains(shown, t) {
					lines = append(lines, t)
				}
			})
		}
	}
	return paths, lines
}

// leaks counts the bytes of a question that must not be in it.
func leaks(q llm.Request, paths, lines, people []string) (n int) {
	whole := q.System + q.User
	besides := shownCode.ReplaceAllString(whole, "")
	for _, p := range paths {
		n += strings.Count(besides, p) * len(p)
	}
	for _, l := range lines {
		n += strings.Count(whole, l) * len(l)
	}
	for _, p := range people {
		if len(p) > 3 {
			n += strings.Count(whole, p) * len(p)
		}
	}
	return n
}

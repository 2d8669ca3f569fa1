package tooljobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/sandbox"
)

// shelf keeps what tools said of files.
type shelf map[string][]byte

func (s shelf) KeptAll(_ context.Context, kind string, keys []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, key := range keys {
		if body, there := s[kind+key]; there {
			out[key] = body
		}
	}
	return out, nil
}

func (s shelf) KeepAll(_ context.Context, kind string, all map[string][]byte) error {
	for key, body := range all {
		s[kind+key] = body
	}
	return nil
}

// bench runs the real program of a job in its tree, without a sandbox.
type bench struct{ box }

func (b *bench) Run(ctx context.Context, j sandbox.Job) sandbox.Result {
	b.jobs = append(b.jobs, j)
	cmd := exec.CommandContext(ctx, j.Argv[0], j.Argv[1:]...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = j.Tree, &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		return sandbox.Refuse("%v", err)
	}
	return sandbox.Result{Ended: sandbox.Finished, Exit: cmd.ProcessState.ExitCode(), Report: out.Bytes(), ReportState: sandbox.Whole,
		Stderr: errs.Bytes()}
}

// ranFiles are the files of the jobs that ran.
func (b *box) ranFiles() (all []string) {
	for _, j := range b.jobs {
		for _, a := range j.Argv {
			if strings.HasPrefix(a, "./") {
				all = append(all, a[2:])
			}
		}
	}
	b.jobs = nil
	return all
}

// TestByFile: of twenty files of which one changed, gofmt is given that one, and the report is the same bytes as that of a
// run on all. A file that does not parse ends the whole run, whatever is known of the others.
func TestByFile(t *testing.T) {
	t.Parallel()
	gofmtAt, err := exec.LookPath("gofmt")
	if err != nil {
		t.Fatal(err)
	}
	f := &forest{folder: t.TempDir()}
	texts := map[string]string{}
	for i := range 20 {
		texts[fmt.Sprintf("f%02d.go", i)] = fmt.Sprintf("package a\n\nvar%sx%d = 1\n", strings.Repeat(" ", 1+i%3), i)
	}
	kept := shelf{}
	b := &bench{}
	// judge has the report of gofmt on the texts as bytes, and which files it ran on.
	judge := func(files FileStore) (*checkrun.Result, string, []string) {
		t.Helper()
		snap := snapshot()
		snap.Files, f.files = nil, nil
		for name, text := range texts {
			if err := os.WriteFile(filepath.Join(f.folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			blob := fmt.Sprintf("%x", text)
			snap.Files = append(snap.Files, diff.File{Path: name, Status: diff.Modified, Mode: "100644", Blob: blob})
			f.files = append(f.files, checkplan.Input{Path: name, Blob: blob})
		}
		snap.FilesTotal = len(snap.Files)
		r := &record{}
		want := wants(t, r, gofmt, snap, checkplan.Laptop("bwrap"))[0]
		r.run = checkrun.Run{ID: 1, State: checkrun.Wanted, Check: want.Check, Spec: want.Spec}
		p, err := NewPreparer(PrepareOptions{Store: r, Trees: f, Digest: digest})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Prepare(t.Context(), job.PrepareCheck{Run: 1}, job.Attempt{}); err != nil {
			t.Fatal(err)
		}
		x := runner(t, r, f, &b.box)
		x.o.Backend, x.o.Files, x.o.Places = b, files, map[string]Place{"gofmt": {Program: gofmtAt}}
		if err := x.Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{}); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(r.result.Report.Lint)
		if err != nil {
			t.Fatal(err)
		}
		return r.result, string(body), b.ranFiles()
	}
	first, lint, ran := judge(kept)
	_, bare, _ := judge(nil)
	if len(ran) != 20 || lint != bare || first.Report.Files != 20 || first.Report.Known != 0 || len(first.Report.Lint.Findings) != 13 {
		t.Errorf("gofmt is given %q and reports %d findings:\n%s\n%s", ran, len(first.Report.Lint.Findings), lint, bare)
	}
	texts["f07.go"] = "package a\n\nvar   y   =  2\n"
	second, lint, ran := judge(kept)
	_, bare, _ = judge(nil)
	if !slices.Equal(ran, []string{"f07.go"}) {
		t.Errorf("where one of twenty changed, gofmt is given %q", ran)
	}
	if lint != bare || second.Report.Files != 20 || second.Report.Known != 19 || !second.Reusable {
		t.Errorf("%+v:\n%s\n%s", second.Report, lint, bare)
	}
	all, lint, ran := judge(kept)
	if len(ran) != 0 || lint != bare || all.Report.Known != 20 || !all.Reusable {
		t.Errorf("what is known of all files is asked again of %q:\n%s\n%s", ran, lint, bare)
	}
	texts["f03.go"] = "package a\n\nfunc {\n"
	broken, _, ran := judge(kept)
	if !slices.Equal(ran, []string{"f03.go"}) || broken.Reusable || broken.Report.Lint != nil ||
		!strings.Contains(broken.Report.Problem, "status 2") {
		t.Errorf("%q: %+v", ran, broken)
	}
}

// TestNotByFile: what cannot be told apart by files is run on all of them, and nothing of it is kept.
func TestNotByFile(t *testing.T) {
	t.Parallel()
	f := &forest{folder: t.TempDir(), files: []checkplan.Input{
		{Path: ".yamllint", Blob: "1"}, {Path: "a.yml", Blob: "2"}, {Path: "b.yml", Blob: "3"}, {Path: "c.md", Blob: "4"},
	}}
	snap := snapshot()
	snap.Files, snap.FilesTotal = []diff.File{
		{Path: "a.yml", Status: diff.Modified, Blob: "2"},
		{Path: "b.yml", Status: diff.Added, Blob: "3"},
	}, 2
	const finding = "./a.yml:1:1: [error] wrong (rule)\n"
	for name, c := range map[string]struct {
		settings, report string
		digest           string
		kept             int
	}{
		"well":                        {"rules: {}\n", finding, "", 2},
		"clean":                       {"extends: default\n", "", "", 2},
		"another file sets it":        {"extends: b.yml\n", finding, "", 0},
		"a file that it is not given": {"", "./c.yml:1:1: [error] wrong (rule)\n", "", 0},
		"another tool ran":            {"", finding, "sha256:other", 0},
	} {
		if err := os.WriteFile(filepath.Join(f.folder, ".yamllint"), []byte(c.settings), 0o600); err != nil {
			t.Fatal(err)
		}
		kept := shelf{}
		r := &record{}
		want := wants(t, r, "- {name: y, tool: yamllint}\n", snap, checkplan.Laptop("bwrap"))[0]
		r.run = checkrun.Run{ID: 1, State: checkrun.Wanted, Check: want.Check, Spec: want.Spec}
		p, err := NewPreparer(PrepareOptions{Store: r, Trees: f, Digest: digest})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Prepare(t.Context(), job.PrepareCheck{Run: 1}, job.Attempt{}); err != nil {
			t.Fatal(err)
		}
		exit := 0
		if c.report != "" {
			exit = 1
		}
		b := &box{result: sandbox.Result{Ended: sandbox.Finished, Exit: exit, Report: []byte(c.report), ReportState: sandbox.Whole}}
		x := runner(t, r, f, b)
		x.o.Files, x.o.Places = kept, map[string]Place{"yamllint": {Program: "/usr/bin/yamllint"}}
		if c.digest != "" {
			x.o.Digest = func(context.Context, string, string) (string, error) { return c.digest, nil }
		}
		if err := x.Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{}); err != nil {
			t.Fatal(err)
		}
		if len(kept) != c.kept || r.result.Report.Problem != "" || !slices.Equal(f.names, []string{".yamllint", "a.yml", "b.yml"}) {
			t.Errorf("%s: %d files are kept, the sandbox shows %q, %+v", name, len(kept), f.names, r.result)
		}
		if c.kept == 0 {
			continue
		}
		// What it says of one file alone is of another: then it is run on both.
		for key := range kept {
			delete(kept, key)
			break
		}
		b.jobs, b.result.Report, r.run.State = nil, []byte("./c.yml:1:1: [error] wrong (rule)\n"), checkrun.Queued
		b.result.Exit = 1
		if err := x.Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{}); err != nil {
			t.Fatal(err)
		}
		if ran := b.ranFiles(); len(ran) != 3 || len(kept) != 1 || r.result.Report.Known != 0 {
			t.Errorf("%s: it is run on %q", name, ran)
		}
	}
}

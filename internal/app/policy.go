package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
	"github.com/lintel-review/lintel/policies"
)

// tree is the policies to work on: a folder, or those built in.
func tree(dir string) (fs.FS, error) {
	if dir == "" {
		return policies.Tree(), nil
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: dir, Err: fmt.Errorf("it is not a folder")}
	}
	if err != nil {
		return nil, terminal.Unreadable("policies", dir, err)
	}
	return os.DirFS(dir), nil
}

// PolicyTests is one "lintel policy test".
type PolicyTests struct {
	// Dir is a folder of policies; empty is those built in.
	Dir string
	// Filter is a regular expression on "package.name"; with one, fixtures are not judged and coverage says nothing.
	Filter string
	// Verbose lists what passed, and what no test evaluated.
	Verbose bool
	JSON    bool
}

// TestPolicies runs the Rego tests and the fixtures. It is false when any fails.
func TestPolicies(ctx context.Context, req PolicyTests, t terminal.Terminal) (bool, error) {
	from, err := tree(req.Dir)
	if err != nil {
		return false, err
	}
	report, err := policy.Test(ctx, []fs.FS{from}, req.Filter)
	if err != nil {
		return false, err
	}
	var fixtures []policy.Fixture
	if req.Filter == "" {
		engine, err := policy.Compile(ctx, from)
		if err != nil {
			return false, err
		}
		if fixtures, err = engine.Fixtures(ctx, from); err != nil {
			return false, err
		}
	}
	failed := len(report.Failed())
	for _, f := range fixtures {
		if !f.Passed {
			failed++
		}
	}
	if len(report.Tests)+len(fixtures) == 0 {
		return false, &usage.Error{What: "no test was found", Remedy: "name tests test_... in files FAMILY/*_test.rego, and check --run"}
	}
	if req.JSON {
		enc := json.NewEncoder(t.Out)
		enc.SetIndent("", "  ")
		return failed == 0, enc.Encode(struct {
			policy.Report
			Fixtures []policy.Fixture `json:"fixtures"`
		}{report, append([]policy.Fixture{}, fixtures...)})
	}
	return failed == 0, writeTests(req, report, fixtures, failed, t)
}

func writeTests(req PolicyTests, report policy.Report, fixtures []policy.Fixture, failed int, t terminal.Terminal) error {
	var b bytes.Buffer
	for _, r := range report.Tests {
		if r.Passed && !req.Verbose {
			continue
		}
		fmt.Fprintf(&b, "%s  %s:%d: %s\n", passOrFail(r.Passed), r.File, r.Line, r.Name)
		indent(&b, r.Problem)
		indent(&b, r.Output)
	}
	for _, f := range fixtures {
		if !f.Passed || req.Verbose {
			fmt.Fprintf(&b, "%s  %s\n", passOrFail(f.Passed), f.File)
			indent(&b, f.Problem)
		}
	}
	for _, c := range report.Coverage {
		if req.Verbose && req.Filter == "" && len(c.Missed) > 0 {
			fmt.Fprintf(&b, "%5.1f %% of %s, not lines %s\n", c.Percent, c.File, strings.Join(c.Missed, ", "))
		}
	}
	fmt.Fprintf(&b, "%s  %s", passOrFail(failed == 0), text.Count(len(report.Tests), "test"))
	if req.Filter == "" {
		fmt.Fprintf(&b, " and %s; the tests evaluate %.1f %% of the policies", text.Count(len(fixtures), "fixture"), report.Covered)
	}
	if failed > 0 {
		fmt.Fprintf(&b, "; %d failed", failed)
	}
	b.WriteString("\n")
	_, err := t.Out.Write(b.Bytes())
	return err
}

func passOrFail(passed bool) string {
	if passed {
		return "ok  "
	}
	return "FAIL"
}

func indent(b *bytes.Buffer, text string) {
	for l := range strings.Lines(text) {
		b.WriteString("      " + strings.TrimRight(l, "\n") + "\n")
	}
}

// LintPolicies prints the problems of policies that compile. It is false when there are any.
func LintPolicies(ctx context.Context, dir string, t terminal.Terminal) (bool, error) {
	engine, err := compile(ctx, dir)
	if err != nil {
		return false, err
	}
	problems := engine.Lint()
	for _, p := range problems {
		if _, err := fmt.Fprintln(t.Out, p); err != nil {
			return false, fmt.Errorf("write the problems: %w", err)
		}
	}
	if len(problems) > 0 {
		return false, nil
	}
	_, err = fmt.Fprintf(t.Out, "all is well: %s of %d families\n", text.Count(len(engine.Rules()), "rule"), len(engine.Families()))
	return true, err
}

func compile(ctx context.Context, dir string) (*policy.Engine, error) {
	from, err := tree(dir)
	if err != nil {
		return nil, err
	}
	return policy.Compile(ctx, from)
}

// PolicyDocs writes the manual of the rules to a folder, or with check only compares. It is false when they differ.
func PolicyDocs(ctx context.Context, dir, output string, check bool, t terminal.Terminal) (bool, error) {
	engine, err := compile(ctx, dir)
	if err != nil {
		return false, err
	}
	pages := policy.Docs(engine.Families(), engine.Rules())
	if !check {
		if err := os.MkdirAll(output, 0o755); err != nil {
			return false, terminal.Unwritable(output, err)
		}
		for name, text := range pages {
			if err := terminal.WriteFile(filepath.Join(output, name), text); err != nil {
				return false, err
			}
		}
		_, err := fmt.Fprintf(t.Out, "%s written to %s\n", text.Count(len(pages), "page"), output)
		return true, err
	}
	var differ []string
	for name, text := range pages {
		if got, err := os.ReadFile(filepath.Join(output, name)); err != nil || !bytes.Equal(got, text) {
			differ = append(differ, filepath.Join(output, name)+" differs from the metadata")
		}
	}
	there, err := os.ReadDir(output)
	if err != nil {
		return false, terminal.Unreadable("--output", output, err)
	}
	for _, entry := range there {
		if _, ok := pages[entry.Name()]; !ok && filepath.Ext(entry.Name()) == ".md" {
			differ = append(differ, filepath.Join(output, entry.Name())+" belongs to no family")
		}
	}
	slices.Sort(differ)
	for _, d := range differ {
		if _, err := fmt.Fprintln(t.Out, d); err != nil {
			return false, fmt.Errorf("write the differences: %w", err)
		}
	}
	return len(differ) == 0, nil
}

// Package policychild judges facts by policies that a repository wrote, in a process of its own: the program starts itself
// in a sandbox, which holds time and memory as it does for checks.
//
// Callers may rely on: a policy that takes too long or too much is killed and is the finding gate/policy-error, which
// blocks; it costs this process no memory; what the child says is read as findings of deny and warn alone, as hostile
// text within limits; without a sandbox nothing is judged. Nothing calls it yet: repositories have no policies of
// their own.
package policychild

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Word is the hidden argument by which the program judges a question: "lintel __policy FOLDER".
const Word = "__policy"

// Runner runs one job in a sandbox, as every backend of internal/sandbox does.
type Runner interface {
	Run(ctx context.Context, job sandbox.Job) sandbox.Result
}

// Question is what is judged, and by which policies.
type Question struct {
	// Policies are the files of the repository by path, one folder for each family, as policy.Compile takes them.
	Policies map[string][]byte
	Facts    facts.Facts
	Settings settings.Settings
}

// Options say where the child runs and what it gets.
type Options struct {
	// Sandbox is the operator's (checks.backend); nil, and sandbox.Off, judge nothing.
	Sandbox Runner
	// Program is a file with this program, which is copied or linked beside the question; empty is the running one.
	Program string
	// Image is where the child runs, for backends that want one.
	Image string
	// Time and Memory (bytes) bound the child; 0 is ten seconds and 512 MiB.
	Time   time.Duration
	Memory int64
}

const (
	defaultTime   = 10 * time.Second
	defaultMemory = 512 << 20
	// maxAnswer and maxFindings bound what is read of the child.
	maxAnswer   = 8 << 20
	maxFindings = 1000
	// maxWords is how much of the child's last words is repeated, in characters.
	maxWords = 300
	// questionName and programName are the files in the folder of a question; policies lie below policyFolder.
	questionName = "question.json"
	programName  = "lintel"
	policyFolder = "policies"
)

// question is the file that the child reads.
type question struct {
	Facts    facts.Facts       `json:"facts"`
	Settings settings.Settings `json:"settings"`
}

// Judge has the findings of a repository's policies. The error is ours or the machine's, and worth another try; what the
// policies did is a finding.
func Judge(ctx context.Context, q Question, o Options) ([]finding.Finding, error) {
	if o.Sandbox == nil {
		return nil, errors.New("judge by a repository's policies: this server has no sandbox (checks.backend is off)")
	}
	folder, err := lay(q, o.Program)
	if folder != "" {
		defer func() { _ = os.RemoveAll(folder) }() // a rest is a file of ours in the folder of temporary files
	}
	if err != nil {
		return nil, fmt.Errorf("judge by a repository's policies: %w", err)
	}
	limits := sandbox.DefaultLimits()
	limits.Deadline, limits.Memory, limits.Report = or(o.Time, defaultTime), or(o.Memory, defaultMemory), maxAnswer
	got := o.Sandbox.Run(ctx, sandbox.Job{
		Image: o.Image, Argv: []string{sandbox.TreeFolder + "/" + programName, Word, sandbox.TreeFolder},
		Tree: filepath.Join(folder, "tree"), Report: sandbox.Stdout, Limits: limits,
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case got.Ended == sandbox.Unstartable, got.Ended == sandbox.Lost:
		return nil, fmt.Errorf("judge by a repository's policies: the sandbox (%s): %s", got.Ended, got.Why)
	case got.Ended != sandbox.Finished:
		return broken("They were ended (%s): %s.", got.Ended, strings.TrimSuffix(got.Why, ".")), nil
	case got.Exit != 0:
		return broken("The process that judges by them ended with status %d: %s", got.Exit, lastLine(got.Stderr)), nil
	case got.ReportState != sandbox.Whole:
		return broken("They say more than %d MiB.", maxAnswer>>20), nil
	}
	return read(got.Report, q), nil
}

func or[T time.Duration | int64](given, standard T) T {
	if given > 0 {
		return given
	}
	return standard
}

// lay writes a question into a folder that the child's user may read, with the program.
func lay(q Question, program string) (folder string, err error) {
	if folder, err = os.MkdirTemp("", "lintel-policy-"); err != nil {
		return "", err
	}
	tree := filepath.Join(folder, "tree")
	root, err := openTree(folder, tree)
	if err != nil {
		return folder, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	asked, err := json.Marshal(question{q.Facts, q.Settings})
	if err == nil {
		err = root.WriteFile(questionName, asked, 0o644)
	}
	for name, body := range q.Policies {
		to := path.Join(policyFolder, name)
		if err == nil && !fs.ValidPath(name) {
			err = fmt.Errorf("the name %q of a policy file leads elsewhere", name)
		}
		if err == nil {
			err = root.MkdirAll(path.Dir(to), 0o755)
		}
		if err == nil {
			err = root.WriteFile(to, body, 0o644)
		}
	}
	if program == "" && err == nil {
		program, err = os.Executable()
	}
	if err != nil {
		return folder, err
	}
	to := filepath.Join(tree, programName)
	if os.Link(program, to) == nil {
		return folder, nil
	}
	return folder, copyFile(program, to) // another file system
}

func openTree(folder, tree string) (*os.Root, error) {
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // the child runs as another user
		return nil, err
	}
	if err := os.Mkdir(tree, 0o755); err != nil { //nolint:gosec // as above
		return nil, err
	}
	return os.OpenRoot(tree)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755) //nolint:gosec // the child runs as another user
	if err == nil {
		_, err = io.Copy(out, in)
		err = errors.Join(err, out.Close())
	}
	return errors.Join(err, in.Close())
}

// read reads what the child says. Which severities and modes there are, what the settings say of a rule, and whether a finding
// blocks is ours to say, and the policies speak for their own families alone. So a child that lies can refuse a change or
// let it pass, as the repository's policies can anyhow, and nothing else.
func read(answer []byte, q Question) []finding.Finding {
	var all []finding.Finding
	if err := json.Unmarshal(answer, &all); err != nil {
		return broken("What they say cannot be read: %v", err)
	}
	if len(all) > maxFindings {
		return broken("They have more than %d findings.", maxFindings)
	}
	families := map[string]bool{}
	for name := range q.Policies {
		family, _, _ := strings.Cut(name, "/")
		families[family] = true
	}
	delete(families, gateFamily)
	for _, own := range settings.Families() {
		delete(families, own)
	}
	for i := range all {
		f := &all[i]
		family, _, _ := strings.Cut(f.Rule, "/")
		switch {
		case f.Rule == "" || f.Message == "":
			return broken("Finding %d has no rule or no message.", i+1)
		case !families[family]:
			return broken("Finding %d is by the rule %.100q, and the policies have no such family of their own.", i+1, f.Rule)
		}
		if f.Severity != finding.Error {
			f.Severity = finding.Warning
		}
		mode := f.Mode
		if mode != finding.Shadow && mode != finding.Warn {
			mode = finding.Enforce
		}
		f.Family, f.Mode = family, q.Settings.ModeOf(family, f.Rule, mode)
		f.Blocking = f.Severity == finding.Error && f.Mode == finding.Enforce
	}
	return slices.DeleteFunc(all, func(f finding.Finding) bool { return f.Mode == finding.Off })
}

// gateFamily is the family of policy.PolicyErrorRule.
const gateFamily = "gate"

// broken is the finding that the policies themselves failed.
func broken(format string, args ...any) []finding.Finding {
	return []finding.Finding{{
		Rule: policy.PolicyErrorRule, Family: gateFamily, Severity: finding.Error, Mode: finding.Enforce, Blocking: true,
		Title:   "The repository's own policies could not judge this change",
		Message: fmt.Sprintf(format, args...),
		Remedy:  "Correct the policies, or take them out of the settings.",
	}}
}

func lastLine(output []byte) string {
	for line := range strings.Lines(string(output)) {
		if line = strings.TrimSpace(line); line != "" {
			return text.Clip(strings.ToValidUTF8(line, "?"), maxWords) // the runtime says first what happened, and then where
		}
	}
	return "it says nothing"
}

// Answer is the child: it judges the question in a folder and writes its findings.
func Answer(ctx context.Context, folder string, out io.Writer) error {
	asked, err := os.ReadFile(filepath.Join(folder, questionName))
	if err != nil {
		return fmt.Errorf("read the question: %w", err)
	}
	var q question
	if err := json.Unmarshal(asked, &q); err != nil {
		return fmt.Errorf("read the question: %w", err)
	}
	engine, err := policy.Compile(ctx, os.DirFS(filepath.Join(folder, policyFolder)))
	if err != nil {
		return err
	}
	// The sandbox has the clock: a limit of its own would make of a slow machine another verdict.
	d, err := engine.Decide(ctx, q.Facts, q.Settings, policy.Options{Limit: time.Hour})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(d.Findings)
}

// Package audit reads one file of GitHub Actions and says what in it is broken or dangerous. It is the only door to
// actionlint, whose parser gives the tree with lines, and whose rules say what GitHub would refuse.
//
// Callers may rely on: equal text gives equal findings, in the order of their lines; nothing is read but the text; a
// file that cannot be judged is an error and never an empty list; texts of the file are cut before they go into a
// message. The names of the audits are those of zizmor where it has the same one (https://docs.zizmor.sh/audits/).
package audit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// The audits.
const (
	Syntax               = "syntax"
	UnpinnedUses         = "unpinned-uses"
	UnpinnedImages       = "unpinned-images"
	LookalikeAction      = "lookalike-action"
	TemplateInjection    = "template-injection"
	DangerousTrigger     = "dangerous-trigger"
	UntrustedCheckout    = "untrusted-checkout"
	HeadCheckout         = "head-checkout"
	ArtifactPoisoning    = "artifact-poisoning"
	EnvironmentWrite     = "environment-write"
	ExcessivePermissions = "excessive-permissions"
	SecretsInherit       = "secrets-inherit"
	AllSecrets           = "all-secrets"
	HardCodedCredentials = "hard-coded-credentials"
	KeptCredentials      = "kept-credentials"
	SpoofableCondition   = "spoofable-condition"
	UnsoundContains      = "unsound-contains"
	SelfHosted           = "self-hosted"
	InsecureCommands     = "insecure-commands"
	CacheInRelease       = "cache-in-release"
	UnredactedSecret     = "unredacted-secret"
	IndexedSecrets       = "indexed-secrets"
	Obfuscation          = "obfuscation"
	UnsoundTernary       = "unsound-ternary"
	TrustedPublishing    = "trusted-publishing"
	VersionComment       = "version-comment"
	ArchivedAction       = "archived-action"
	UnpinnedTool         = "unpinned-tool"
	AppToken             = "app-token"
	LoosePackage         = "loose-package"
	WidenedPermission    = "widened-permission"
	DependabotCooldown   = "dependabot-cooldown"
	DependabotExecution  = "dependabot-execution"
)

// minor are audits of habits: each of them makes an accident more likely or larger, and none is a hole by itself.
var minor = map[string]bool{
	UnredactedSecret: true, IndexedSecrets: true, Obfuscation: true, UnsoundTernary: true, TrustedPublishing: true, VersionComment: true,
	ArchivedAction: true, UnpinnedTool: true, AppToken: true, LoosePackage: true, WidenedPermission: true, DependabotCooldown: true,
	DependabotExecution: true,
}

// Minor reports whether an audit is about a habit, and no hole by itself.
func Minor(audit string) bool { return minor[audit] }

// Finding is one thing that an audit says.
type Finding struct {
	Audit string
	// Line and EndLine are lines of the file, from 1.
	Line, EndLine int
	Message       string
	// Remedy says what to do; empty leaves it to the rule.
	Remedy string
	// Subject is what the finding is about, without line numbers and versions: two findings of one audit with one subject
	// are the same danger twice.
	Subject string
	// Rewrite is what the lines First to Last could be instead; nil when no exact one is known.
	Rewrite *Rewrite
}

// Rewrite replaces the lines First to Last, both included, by Text, which ends with a newline unless it is empty.
type Rewrite struct {
	First, Last int
	Text        string
}

// Options are what the audits depend on beside the text.
type Options struct {
	// Owner is the repository's: its own actions need no pin.
	Owner string
	// Public is true when strangers can open pull requests.
	Public bool
	// Trusted are the actions that may be used by tag, as "owner/name" or "owner/*".
	Trusted []string
}

// ErrShape says that the file holds none of what it should hold by its name.
var ErrShape = errors.New("it holds nothing that could be judged")

// ErrLarge says that the file stands for more than is judged, with its aliases written out.
var ErrLarge = fmt.Errorf("it holds more than %d values, with its aliases written out", maxValues)

// maxValues bounds what actionlint, which follows each alias anew, has to walk.
const maxValues = 50_000

// workflowPath stands for the path of the workflow, which nothing is read from.
const workflowPath = "workflow.yml"

// maxExcerpt bounds what a message quotes of the file, in bytes.
const maxExcerpt = 120

// Workflow audits a workflow. An error says that the text is no workflow; its syntax findings are then all there is.
func Workflow(body []byte, o Options) ([]Finding, error) {
	if document.Expands(body, maxValues) {
		return nil, ErrLarge
	}
	w, problems := actionlint.Parse(body)
	switch {
	case w == nil: // no YAML
		a := &auditor{file: newFile(body, 0), options: o}
		a.syntax(problems)
		return a.sorted(), nil
	case len(w.Jobs) == 0 && len(w.On) == 0:
		return nil, ErrShape
	}
	linted, err := lint(body)
	if err != nil {
		return nil, fmt.Errorf("read workflow: %w", err)
	}
	a := &auditor{file: newFile(body, 0), options: o, workflow: w}
	a.syntax(linted)
	a.all()
	return a.sorted(), nil
}

// lint runs those of actionlint's own rules whose findings are asked for. They read no other file and start no program.
//
// It does what actionlint's Linter does. That one can write findings by templates, which call methods by names that are no
// constants. A program that does so keeps every exported method of every type.
func lint(body []byte) ([]*actionlint.Error, error) {
	w, problems := actionlint.Parse(body)
	if w == nil {
		return problems, nil
	}
	actions, workflows := actionlint.NewLocalActionsCache(nil, nil), actionlint.NewLocalReusableWorkflowCache(nil, "/", nil)
	rules := []actionlint.Rule{
		actionlint.NewRuleMatrix(), actionlint.NewRuleCredentials(), actionlint.NewRuleShellName(), actionlint.NewRuleEvents(),
		actionlint.NewRuleJobNeeds(), actionlint.NewRuleEnvVar(), actionlint.NewRuleID(), actionlint.NewRuleGlob(),
		actionlint.NewRulePermissions(), actionlint.NewRuleWorkflowCall(workflowPath, workflows),
		actionlint.NewRuleExpression(actions, workflows), actionlint.NewRuleDeprecatedCommands(), actionlint.NewRuleIfCond(),
	}
	v := actionlint.NewVisitor()
	for _, r := range rules {
		v.AddPass(r)
	}
	if err := v.Visit(w); err != nil {
		return nil, err
	}
	for _, r := range rules {
		problems = append(problems, r.Errs()...)
	}
	// An alias of YAML is visited where it is used, so what is wrong with it is found several times.
	sorting.StableBy(problems, func(a, b *actionlint.Error) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(problems, func(a, b *actionlint.Error) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	}), nil
}

// auditor walks one file.
type auditor struct {
	file     file
	options  Options
	workflow *actionlint.Workflow
	// composite is true for the steps of a composite action: it has no triggers and no permissions of its own.
	composite bool
	found     []Finding
	// lost counts expressions that were searched and not found.
	lost int
	// followed counts the bytes of values that were followed in scripts; see maxFollowed.
	followed int
	// sinks are the variables of an environment around steps that name a file of variables; nil until one is asked for.
	sinks map[*actionlint.Env]map[string]bool
}

func (a *auditor) all() {
	w := a.workflow
	if !a.composite {
		a.triggers()
		a.permissions(w)
		a.insecureCommands(w.Env)
		a.inEnvironment(w.Env)
	}
	a.written()
	a.versionComments()
	for _, job := range a.jobs() {
		a.job(job)
	}
}

func (a *auditor) job(job *actionlint.Job) {
	if !a.composite {
		a.runner(job)
		a.jobPermissions(job)
		a.condition(job.If)
		a.insecureCommands(job.Env)
		a.inEnvironment(job.Env)
		a.image(job.Container)
		if job.Services != nil {
			for _, name := range sortedKeys(job.Services.Value) {
				a.image(job.Services.Value[name].Container)
			}
		}
		a.call(job)
	}
	for _, step := range job.Steps {
		a.condition(step.If)
		a.insecureCommands(step.Env)
		a.inEnvironment(step.Env)
		a.step(job, step)
	}
	a.keptCredentials(job)
	a.cacheInRelease(job)
}

func (a *auditor) step(job *actionlint.Job, step *actionlint.Step) {
	switch e := step.Exec.(type) {
	case *actionlint.ExecAction:
		a.uses(e.Uses)
		a.action(e)
		for _, name := range sortedKeys(e.Inputs) {
			a.inTexts(e.Inputs[name].Value)
		}
		if in := e.Inputs["script"]; in != nil && strings.HasPrefix(strings.ToLower(value(e.Uses)), "actions/github-script@") {
			a.inject(job, step, in.Value, nil)
		}
	case *actionlint.ExecRun:
		a.inject(job, step, e.Run, e)
		a.environmentWrite(job, step, e)
		a.script(job, step, e)
		a.inTexts(e.Run)
	}
}

// jobs are in the order of the file.
func (a *auditor) jobs() []*actionlint.Job {
	jobs := make([]*actionlint.Job, 0, len(a.workflow.Jobs))
	for _, j := range a.workflow.Jobs {
		if j != nil && j.ID != nil {
			jobs = append(jobs, j)
		}
	}
	sorting.By(jobs,
		func(x, y *actionlint.Job) int {
			return cmp.Or(cmp.Compare(x.Pos.Line, y.Pos.Line), cmp.Compare(x.Pos.Col, y.Pos.Col))
		})
	return jobs
}

func (a *auditor) add(f Finding) {
	f.Line += a.file.shift
	f.EndLine = max(f.Line, f.EndLine+a.file.shift)
	if f.Rewrite != nil {
		f.Rewrite.First += a.file.shift
		f.Rewrite.Last += a.file.shift
	}
	a.found = append(a.found, f)
}

func (a *auditor) sorted() []Finding {
	sorting.StableBy(a.found, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Audit, y.Audit), cmp.Compare(x.Message, y.Message))
	})
	return slices.CompactFunc(a.found, func(x, y Finding) bool {
		return x.Line == y.Line && x.Audit == y.Audit && x.Message == y.Message && x.Subject == y.Subject
	})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func value(s *actionlint.String) string {
	if s == nil {
		return ""
	}
	return s.Value
}

func lineOf(s *actionlint.String) int {
	if s == nil || s.Pos == nil {
		return 0
	}
	return s.Pos.Line
}

func excerpt(s string) string { return excerptOf(s, maxExcerpt) }

func excerptOf(s string, n int) string {
	return text.ClipBytes(strings.Join(strings.Fields(s), " "), n)
}

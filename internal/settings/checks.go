package settings

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// MaxChecks is the most checks that one repository runs, those of its organisation's floor included.
const MaxChecks = 20

// Check is one check that Lintel runs itself, with every default filled in. Exactly one of Tool and Run is given.
type Check struct {
	// Name is the word by which people know the check, and the flag of its report.
	Name string `json:"name" jsonschema:"required,pattern=^[a-z0-9][a-z0-9._-]{0\\,39}$"`
	// Tool is an entry of the catalogue.
	Tool string `json:"tool,omitempty" jsonschema:"maxLength=40"`
	// Image is where the program is found, by digest: registry/name@sha256:... Run needs one.
	Image string `json:"image,omitempty" jsonschema:"maxLength=400"`
	// Run is the program and its arguments, without a shell.
	Run []string `json:"run,omitempty" jsonschema:"maxItems=100,minLength=1,maxLength=1000"`
	// Paths are gitignore-style patterns of the files that make it run; empty are those of the tool, or with Run all.
	Paths []string `json:"paths,omitempty" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	// Inputs is what it is given: InputsChanged, InputsTree or InputsMerged.
	Inputs string      `json:"inputs,omitempty" jsonschema:"enum=changed,enum=tree,enum=merged"`
	Report CheckReport `json:"report"`
	// Timeout is a duration, "2m". Use Check.Deadline.
	Timeout string `json:"timeout" jsonschema:"maxLength=10"`
	// CPU is cores, Memory MiB.
	CPU    float64 `json:"cpu" jsonschema:"minimum=0,maximum=64"`
	Memory int     `json:"memory" jsonschema:"minimum=16,maximum=65536"`
	// Network is what it may reach: nothing.
	Network string `json:"network" jsonschema:"enum=none"`
	// Cache is any text that belongs to the key of its results; another text makes it run anew.
	Cache string `json:"cache,omitempty" jsonschema:"maxLength=100"`
	// Mode is off, shadow (it runs, and nothing that it says counts), warn (none of it blocks) or enforce.
	Mode finding.Mode `json:"mode" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	// Required makes a check without a result a reason to refuse; that is the default.
	Required bool `json:"required"`
}

// CheckReport is what a check writes. For a tool of the catalogue all of it is known.
type CheckReport struct {
	Kind string `json:"kind,omitempty" jsonschema:"enum=lint,enum=coverage"`
	// Format is one of those that lintel report upload takes for the kind.
	Format string `json:"format,omitempty" jsonschema:"maxLength=40"`
	// Path is "stdout", "stderr" or a path below the folder that the check may write.
	Path string `json:"path,omitempty" jsonschema:"maxLength=200"`
}

// What a check may be given.
const (
	InputsChanged = "changed" // the names of the changed files that its patterns match, behind its arguments
	InputsTree    = "tree"    // all files of the head
	InputsMerged  = "merged"  // all files of the head merged into the base
)

// The bounds of checks.timeout, and its default.
const (
	minTimeout     = time.Second
	maxTimeout     = time.Hour
	defaultTimeout = "2m"
)

// Deadline is the timeout as a duration.
func (c Check) Deadline() time.Duration {
	d, err := time.ParseDuration(cmp.Or(c.Timeout, defaultTimeout))
	if err != nil {
		return 2 * time.Minute // a Settings that was not made here: the default
	}
	return d
}

// wholeChecks fills in the defaults of the checks of a document without problems.
func wholeChecks(doc *document.Document, checks []Check) {
	for i := range checks {
		checks[i].whole()
		checks[i].Required = checks[i].Required || !doc.Has("checks", strconv.Itoa(i), "required")
	}
}

func (c *Check) whole() {
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.CPU, c.Memory = cmp.Or(c.CPU, 1), cmp.Or(c.Memory, 1024)
	c.Network, c.Mode = cmp.Or(c.Network, "none"), cmp.Or(c.Mode, finding.Enforce)
	tool, known := catalogue.Find(c.Tool)
	if known {
		c.Report = CheckReport{Kind: "lint", Format: tool.Format, Path: string(tool.Report)}
		if len(c.Paths) == 0 {
			c.Paths = tool.Paths
		}
		if c.Inputs == "" && tool.TakesFiles {
			c.Inputs = InputsChanged
		}
	}
	c.Inputs = cmp.Or(c.Inputs, InputsTree)
	c.Report.Path = cmp.Or(c.Report.Path, string(catalogue.Stdout))
}

// Awaited are the reports that a verdict waits for: those of CI, and the results of the checks that Lintel runs. A check
// in shadow delays nothing.
func (s Settings) Awaited() Reports {
	r := s.Reports
	r.Expect = slices.Clone(r.Expect)
	for _, c := range s.Checks {
		if c.Mode == finding.Off || c.Mode == finding.Shadow {
			continue
		}
		r.Expect = append(r.Expect, Expected{
			Kind: c.Report.Kind, Flag: c.Name, Paths: c.Paths, Required: c.Required && c.Mode == finding.Enforce, Check: true,
			Given: c.Inputs == InputsChanged,
		})
	}
	return r
}

// zeros is the digest of no image, and ownExample a check with a program of an image.
const (
	zeros      = "0000000000000000000000000000000000000000000000000000000000000000"
	ownExample = "name: own, image: \"ghcr.io/acme/lint@sha256:" + zeros + "\", run: [acme-lint, -o, \"{report}\"], " +
		"report: {kind: lint, format: sarif, path: lint.sarif}"
)

var checkKeys = []key{
	{
		"checks",
		"Checks that Lintel runs on the change in a sandbox, where the operator allows it. [Checks](checks.md) explains them. " +
			"At most 20, those of the organisation's floor included. In a floor they are added to those of the repository, and " +
			"replace those of the same name.",
		"{version: 1, checks: [{name: gofmt, tool: gofmt}]}",
	},
	{"checks.*.name", "Its name, in small letters, digits and `.`, `_`, `-`. Needed.", "name: gofmt, tool: gofmt"},
	{"checks.*.tool", "A tool of the catalogue: Lintel knows how to call it and how to read it. Either this or `run` is needed.",
		"name: lint, tool: eslint"},
	{
		"checks.*.image",
		"The image that has the program, by digest; needed with `run`. With `tool` the operator names one otherwise.",
		"name: a, tool: eslint, image: \"ghcr.io/acme/lint@sha256:" + zeros + "\"",
	},
	{
		"checks.*.run",
		"The program and its arguments. No shell reads them. `{report}` stands for the place of `report.path`.",
		ownExample,
	},
	{
		"checks.*.paths",
		"Patterns, as in .gitignore, of files that make it run. Without them those of the tool, or with `run` all files.",
		"name: lint, tool: eslint, paths: [\"/web/**/*.ts\"]",
	},
	{
		"checks.*.inputs",
		"What it is given. `changed`: the names of the changed files that `paths` matches, behind its arguments. `tree`: " +
			"nothing but the files of the head to look at. `merged`: the same, of the head merged into the base. " +
			"Without it `changed` for " +
			"tools that take files, else `tree`.",
		"name: a, tool: gofmt, inputs: changed",
	},
	{"checks.*.report", "What it writes. Needed with `run`, and known of a `tool`.", ""},
	{"checks.*.report.kind", "What its report is about.", ownExample},
	{"checks.*.report.format", "The format, as for `lintel report upload`.", ownExample},
	{
		"checks.*.report.path",
		"`stdout`, `stderr`, or a path below the folder that it may write. Without it `stdout`.",
		ownExample,
	},
	{
		"checks.*.timeout",
		"How long it may run, a number with `s`, `m` or `h`, from 1s to 1h. Without it 2m. The operator's ceiling " +
			"is lower in most places.",
		"name: a, tool: gofmt, timeout: 30s",
	},
	{"checks.*.cpu", "Cores that it may use. Without it 1.", "name: a, tool: gofmt, cpu: 2"},
	{"checks.*.memory", "MiB of memory that it may use. Without it 1024.", "name: a, tool: gofmt, memory: 512"},
	{"checks.*.network", "What it may reach. There is only `none`.", "name: a, tool: gofmt, network: none"},
	{
		"checks.*.cache",
		"Any text that belongs to the key of its results: another text makes it run anew.",
		"name: a, tool: gofmt, cache: \"2\"",
	},
	{
		"checks.*.mode",
		"Without it `enforce`: its findings block as the rules of `lint` and `coverage` have it.",
		"name: a, tool: gofmt, mode: warn",
	},
	{
		"checks.*.required",
		"Without a result of it the change does not pass: it crashed, ran out of time, or is not allowed here. " +
			"That is so unless this is false; such a check is a warning then.",
		"name: a, tool: gofmt, required: false",
	},
}

// digested matches an image by digest. The name may hold a registry with a port, and folders.
var digested = lazyregexp.New(`^[a-z0-9][a-z0-9._:-]*(/[a-z0-9][a-z0-9._-]*)*@sha256:[0-9a-f]{64}$`)

// ImageByDigest reports whether a reference of an image names it by digest, so that it always means the same bytes.
func ImageByDigest(reference string) bool { return digested.MatchString(reference) }

// checksProblems finds what a schema cannot.
func checksProblems(doc *document.Document) []document.Problem {
	given, _ := doc.Value("checks").([]any)
	var problems []document.Problem
	if len(given) > MaxChecks {
		return []document.Problem{
			doc.Problem(fmt.Sprintf("there are %d checks, the limit is %d", len(given), MaxChecks), "checks"),
		}
	}
	first := map[string]int{}
	for i, v := range given {
		c, ok := v.(map[string]any)
		if !ok {
			continue // the schema says so
		}
		say := func(message string, path ...string) {
			at := append([]string{"checks", strconv.Itoa(i)}, path...)
			problems = append(problems, doc.Problem(document.Path(at...)+" "+message, at...))
		}
		name, _ := c["name"].(string)
		if before, twice := first[name]; twice {
			say(fmt.Sprintf("is %q, as checks[%d].name is; each check has a name of its own", clip(name), before), "name")
		} else {
			first[name] = i
		}
		checkProgram(c, say)
		checkLimits(c, say)
	}
	return problems
}

// checkProgram finds what is wrong with what one check runs and writes.
func checkProgram(c map[string]any, say func(message string, path ...string)) {
	name, _ := c["tool"].(string)
	run, _ := c["run"].([]any)
	image, _ := c["image"].(string)
	written, _ := c["report"].(map[string]any)
	tool, known := catalogue.Find(name)
	switch {
	case name == "" && len(run) == 0:
		say("runs nothing: give a tool of the catalogue (tool), or an image with a program (image and run)")
	case name != "" && len(run) > 0:
		say("gives a tool and a program to run; leave one of them out", "run")
	case name != "" && !known:
		meant := ""
		if near := document.Nearest(name, catalogue.Names()); near != "" {
			meant = fmt.Sprintf("; did you mean %q?", near)
		}
		say(
			fmt.Sprintf("is %q, and the catalogue has no such tool%s docs/checks.md lists them", clip(name), cmp.Or(meant, ";")),
			"tool",
		)
	case known && len(written) > 0 && !sameReport(tool, written):
		say("is known of a tool of the catalogue; leave it out", "report")
	case known && c["inputs"] == InputsChanged && !tool.TakesFiles:
		say(fmt.Sprintf("is changed, but %s takes no names of files; leave it out", name), "inputs")
	case len(run) > 0 && image == "":
		say("runs a program of no image: name one by digest (image)")
	case len(run) > 0:
		checkWritten(written, say)
	}
	if image != "" && !ImageByDigest(image) {
		say(
			fmt.Sprintf("is %q; name it by digest, NAME@sha256:..., so that it always means the same program", clip(image)),
			"image",
		)
	}
	patterns, _ := c["paths"].([]any)
	for k, p := range patterns {
		if p, ok := p.(string); ok {
			if why := badPattern(p); why != "" {
				say(why, "paths", strconv.Itoa(k))
			}
		}
	}
}

// sameReport reports whether a file writes out what is known of a tool's report anyway.
func sameReport(tool catalogue.Tool, written map[string]any) bool {
	return reflect.DeepEqual(written, map[string]any{"kind": "lint", "format": tool.Format, "path": string(tool.Report)})
}

// checkWritten finds what is wrong with the report of a program that is not in the catalogue.
func checkWritten(written map[string]any, say func(message string, path ...string)) {
	kind, _ := written["kind"].(string)
	format, _ := written["format"].(string)
	if kind == "" || format == "" {
		say("must say the kind and the format of what the program writes, such as {kind: lint, format: sarif}", "report")
		return
	}
	if formats := ReportFormats(kind); formats != nil && !slices.Contains(formats, format) {
		say(fmt.Sprintf("is %q; for %s it is one of %s", clip(format), kind, strings.Join(formats, ", ")), "report", "format")
	}
	place, _ := written["path"].(string)
	if strings.HasPrefix(place, "/") || strings.HasPrefix(place, "-") || strings.ContainsAny(place, "\\\x00\n") ||
		slices.ContainsFunc(
			strings.Split(place, "/"),
			func(step string) bool { return step == ".." || step == "." || step == "" && place != "" },
		) {
		say(
			fmt.Sprintf("is %q; it is stdout, stderr, or a path below the folder that the program may write", clip(place)),
			"report",
			"path",
		)
	}
}

// checkLimits finds limits that are none.
func checkLimits(c map[string]any, say func(message string, path ...string)) {
	if timeout, ok := c["timeout"].(string); ok {
		d, err := time.ParseDuration(timeout)
		if err != nil || !deadlines.MatchString(timeout) || d < minTimeout || d > maxTimeout {
			say(fmt.Sprintf("is %q; write a number with s, m or h, such as 2m, from 1s to 1h", clip(timeout)), "timeout")
		}
	}
}

// checksOf are the checks that a document gives; it has no problems.
func checksOf(doc *document.Document) []Check {
	if !doc.Has("checks") {
		return nil
	}
	s := filled()
	if problems, err := document.Layer(versionOnly(), doc).Into(&s); err != nil || len(problems) > 0 {
		return nil // its problems were found when it was read
	}
	wholeChecks(doc, s.Checks)
	return s.Checks
}

// isChecks tells the path of the list of checks. A floor adds to it.
func isChecks(leaf []string) bool { return len(leaf) == 1 && leaf[0] == "checks" }

// withFloor is what holds of a repository's checks under those of a floor, and whether that differs. A check of the floor
// goes before one of the same name, so that a repository can neither remove nor change it. Where it is too many, those of
// the repository go.
func withFloor(checks, floor []Check) ([]Check, bool) {
	out := slices.Clone(floor)
	for _, c := range checks {
		if len(out) < MaxChecks && !slices.ContainsFunc(floor, func(f Check) bool { return f.Name == c.Name }) {
			out = append(out, c)
		}
	}
	sorting.StableBy(out, func(a, b Check) int { return strings.Compare(a.Name, b.Name) })
	was := slices.Clone(checks)
	sorting.StableBy(was, func(a, b Check) int { return strings.Compare(a.Name, b.Name) })
	return out, !reflect.DeepEqual(out, was)
}

// changesFloor finds the checks of a settings file that a floor has in another way.
func changesFloor(doc, floor *document.Document) []document.Problem {
	var problems []document.Problem
	own, above := checksOf(doc), checksOf(floor)
	for i, c := range own {
		k := slices.IndexFunc(above, func(f Check) bool { return f.Name == c.Name })
		if k < 0 || reflect.DeepEqual(above[k], c) {
			continue
		}
		at := floor.Problem("", "checks", strconv.Itoa(k))
		problems = append(
			problems,
			doc.Problem(fmt.Sprintf("checks[%d] is not the check %s of the organisation's floor (%s:%d); the floor "+
				"holds. Remove it, or give it another name", i, c.Name, at.File, at.Line), "checks", strconv.Itoa(i)),
		)
	}
	return problems
}

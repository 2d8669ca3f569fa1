//race:unwatched
package policychild_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/policychild"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/settings"
)

// TestMain is the child, where the sandbox starts this program.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == policychild.Word {
		if err := policychild.Answer(context.Background(), os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func rego(body string) map[string][]byte {
	return map[string][]byte{"house/house.rego": []byte("package lintel.house\n\n# METADATA\n# custom:\n#   id: house/one\n" +
		"#   severity: error\n#   mode: enforce\ndeny contains finding if {\n\t" + body + "\n}\n")}
}

// Attack by the author of a repository's policies: Eat the server's memory or time by Rego: none is judged yet; what would
// is a process of its own in a sandbox, which kills it, and the verdict says so; the server's memory stays flat.
func TestJudge(t *testing.T) {
	box, err := bwrap.New(bwrap.Options{})
	if err != nil {
		if os.Getenv("TEST_SANDBOX") == "" {
			t.Skipf("nothing is proven about policies of a repository here: %v", err)
		}
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for name, c := range map[string]struct {
		body string
		time time.Duration
		want string
	}{
		"a finding": {body: `finding := {"rule": "house/one", "message": "no"}`, want: "house/one no"},
		"memory": {body: `count(numbers.range(1, 100000000)) > 5; finding := {"rule": "house/one", "message": "no"}`,
			want: policy.PolicyErrorRule},
		"a loop": {body: `count([1 | some a in numbers.range(1, 30000); some b in numbers.range(1, 30000); a * b == 7919 * 7919 * 3]) > 9
	finding := {"rule": "house/one", "message": "no"}`, time: time.Second, want: policy.PolicyErrorRule + " They were ended (deadline)"},
		"the network": {body: `http.send({"method": "get", "url": "http://169.254.169.254"})
	finding := {"rule": "house/one", "message": "no"}`,
			want: policy.PolicyErrorRule + " The process that judges by them ended with status 2"},
	} {
		got, err := policychild.Judge(t.Context(), policychild.Question{Policies: rego(c.body), Settings: settings.Default()},
			policychild.Options{Sandbox: box, Time: cmp.Or(c.time, 5*time.Minute), Memory: 256 << 20})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said := ""
		for _, f := range got {
			said += f.Rule + " " + f.Message
			// Where no settings were found, rules of a repository's own warn; that they could not be judged blocks all the same.
			if f.Severity != finding.Error || f.Blocking != (f.Rule == policy.PolicyErrorRule) {
				t.Errorf("%s: %+v blocks: %t", name, f, f.Blocking)
			}
		}
		if !strings.HasPrefix(said, c.want) || (said == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
		if name == "memory" && !strings.Contains(said, "memory") {
			t.Errorf("nothing says that it was the memory: %s", said)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 { //nolint:gosec // sizes of a heap
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// answers is a sandbox in which the child says something else.
type answers sandbox.Result

func (a answers) Run(context.Context, sandbox.Job) sandbox.Result { return sandbox.Result(a) }

// TestHostileAnswers: a child that lies makes findings or a policy that failed, and without a sandbox there is no answer.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	q := policychild.Question{Policies: rego("false"), Facts: facts.Facts{}}
	for text, want := range map[string]string{
		`[]`:   "",
		`null`: "",
		`{}`:   policy.PolicyErrorRule,
		`[{}]`: policy.PolicyErrorRule,
		`[{"rule":"house/one","message":"m","severity":"fatal"}]`:                                                 "house/one",
		"[" + strings.Repeat(`{"rule":"house/one","message":"m"},`, 1000) + `{"rule":"house/one","message":"m"}]`: policy.PolicyErrorRule,
	} {
		got, err := policychild.Judge(t.Context(), q, policychild.Options{Program: "/dev/null", Sandbox: answers{
			Ended: sandbox.Finished, Report: []byte(text), ReportState: sandbox.Whole,
		}})
		first := ""
		if len(got) > 0 {
			first = got[0].Rule
		}
		if err != nil || first != want || first == "house/one" && got[0].Severity != finding.Warning {
			t.Errorf("%.60s: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		`"severity":"error","mode":"enforce","blocking":false`:                     "house error enforce true",
		`"severity":"error","mode":"warn","blocking":true`:                         "house error warn false",
		`"severity":"warning","mode":"enforce","blocking":true,"family":"secrets"`: "house warning enforce false",
		`"severity":"error","mode":"nonsense"`:                                     "house error enforce true",
		`"severity":"error","mode":"enforce","rule":"secrets/leaked"`:              "gate error enforce true",
	} {
		got, err := policychild.Judge(t.Context(), q, policychild.Options{Program: "/dev/null", Sandbox: answers{
			Ended: sandbox.Finished, Report: []byte(`[{"rule":"house/one","message":"m",` + text + "}]"), ReportState: sandbox.Whole,
		}})
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		if got[0].Family == "gate" && got[0].Rule != policy.PolicyErrorRule {
			t.Errorf("%s: the policies speak for %s", text, got[0].Rule)
		}
		if what := fmt.Sprint(got[0].Family, " ", got[0].Severity, " ", got[0].Mode, " ", got[0].Blocking); what != want {
			t.Errorf("%s: %s, want %s", text, what, want)
		}
	}
	silent := q
	silent.Settings.Rules = map[string]settings.Rule{"house/one": {Mode: finding.Warn}, "house/two": {Mode: finding.Off}}
	silent.Policies = map[string][]byte{"house/house.rego": nil, "secrets/x.rego": nil}
	for rule, want := range map[string]string{"house/one": "house/one warn", "house/two": "", "secrets/leaked": policy.PolicyErrorRule +
		" enforce"} {
		got, err := policychild.Judge(
			t.Context(),
			silent,
			policychild.Options{Program: "/dev/null", Sandbox: answers{Ended: sandbox.Finished,
				Report: []byte(
					`[{"rule":"` + rule + `","message":"m","severity":"error","mode":"enforce"}]`,
				), ReportState: sandbox.Whole}},
		)
		what := ""
		for _, f := range got {
			what += f.Rule + " " + string(f.Mode)
		}
		if err != nil || what != want {
			t.Errorf("%s: %q, want %q, %v", rule, what, want, err)
		}
	}
	cut := answers{Ended: sandbox.Finished, Report: []byte(`[]`), ReportState: sandbox.Truncated}
	if got, err := policychild.Judge(t.Context(), q, policychild.Options{Program: "/dev/null", Sandbox: cut}); err != nil ||
		len(got) != 1 {
		t.Errorf("an answer that was cut passes: %v, %v", got, err)
	}
	gone := answers{Ended: sandbox.Lost, Why: "the pod was evicted", Exit: -1}
	for name, o := range map[string]policychild.Options{
		"none": {}, "off": {Program: "/dev/null", Sandbox: sandbox.Off{}}, "lost": {Program: "/dev/null", Sandbox: gone},
	} {
		if got, err := policychild.Judge(t.Context(), q, o); err == nil || got != nil {
			t.Errorf("a server with the sandbox %s judges: %v", name, got)
		}
	}
	for _, name := range []string{"../../out.rego", "../question.json"} {
		q.Policies = map[string][]byte{name: nil}
		if got, err := policychild.Judge(t.Context(), q, policychild.Options{Program: "/dev/null", Sandbox: answers{}}); err == nil {
			t.Errorf("a policy is written outside its folder as %s: %v", name, got)
		}
	}
	q.Policies = rego("false")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	delete(q.Policies, "../../out.rego")
	if _, err := policychild.Judge(ctx, q, policychild.Options{Program: "/dev/null", Sandbox: answers{}}); !errors.Is(
		err,
		context.Canceled,
	) {
		t.Errorf("given up: %v", err)
	}
}

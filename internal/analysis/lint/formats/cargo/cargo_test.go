package cargo

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

const (
	artifact = `{"reason":"compiler-artifact","package_id":"path+file:///w#shop@0.1.0","target":{"name":"shop"}}` + "\n"
	ended    = `{"reason":"build-finished","success":true}` + "\n"
	clippy   = `{"reason":"compiler-message","message":{"rendered":"warning: ` +
		`unneeded","children":[{"children":[],"code":null,"level":"help","message":"remove ` +
		`it","rendered":null,"spans":[{"file_name":"src/lib.rs","line_start":3,"line_end":3,"column_start":5,` +
		`"column_end":14,"is_primary":true,"suggested_replacement":"x","suggestion_applicability":"MachineApplicable",` +
		`"text":[]}]}],"code":{"code":"clippy::needless_return","explanation":null},"level":"warning",` +
		`"message":"unneeded return","spans":[{"file_name":"src/lib.rs","line_start":3,"line_end":3,"column_start":5,` +
		`"column_end":14,"is_primary":true,"label":null,"suggested_replacement":null,"suggestion_applicability":null,` +
		`"text":[{"highlight_start":5,"highlight_end":14,"text":"    return x;"}]}]}}` + "\n"
)

var cases = []formattest.Case{
	{"clippy's", artifact + clippy + ended, `src/lib.rs:3:5-3:14 warning cargo clippy::needless_return: unneeded return [3:5-3:14 "x"]`,
		""},
	{"a lint at deny",
		`{"reason":"compiler-message","message":{"code":{"code":"unused_variables"},"level":"error","message":"m",` +
			`"children":[],"spans":[{"file_name":"a.rs","line_start":1,"line_end":1,"column_start":1,"column_end":2,` +
			`"is_primary":true}]}}` + ended, "a.rs:1:1-1:2 error cargo " +
			"unused_variables: m", ""},
	{"no safe correction",
		`{"reason":"compiler-message","message":{"code":{"code":"x"},"level":"note","message":"m",` +
			`"children":[{"spans":[{"file_name":"a.rs","line_start":1,"column_start":1,"line_end":1,"column_end":1,` +
			`"suggested_replacement":"y","suggestion_applicability":"MaybeIncorrect"}]}],"spans":[{"file_name":"a.rs",` +
			`"line_start":1,"line_end":1,"column_start":1,"column_end":2,"is_primary":true}]}}` + ended,
		"a.rs:1:1-1:2 notice cargo x: m", ""},
	{"it does not compile",
		`{"reason":"compiler-message","message":{"code":{"code":"E0308"},"level":"error","message":"mismatched ` +
			`types","children":[],"spans":[{"file_name":"a.rs","line_start":9,"line_end":9,"column_start":1,` +
			`"column_end":2,"is_primary":true}]}}{"reason":"compiler-message","message":{"code":null,"level":"error",` +
			`"message":"aborting due to 1 previous error","children":[],"spans":[]}}{"reason":"build-finished","success":false}`,
		"cargo failed: the code does " +
			"not compile, so the lints did not see all of it: mismatched types; blind a.rs:9:1-9:2 error cargo E0308: mismatched types",
		""},
	{"nothing", artifact + ended, "nothing of cargo", ""},
	{"cut", artifact, "cargo failed: it does not say that the build has ended (build-finished), so it was cut or cargo was stopped", ""},
	{"cut in a message", artifact + clippy[:90], "", "ends too early"},
	{"empty", "", "", "cargo did not run"},
	{"text between", artifact + "   Compiling shop v0.1.0\n", "", "belongs on the standard error"},
	{"of something else", `{"message":"m","location":{"path":"a"}}`, "", "has no reason"},
	{"a message that is none", `{"reason":"compiler-message","message":"x"}`, "", "not one of the compiler's"},
	{"a list", `[]`, "", "a list where the format has an object"},
	{"a bad line",
		`{"reason":"compiler-message","message":{"code":{"code":"x"},"spans":[{"file_name":"a","line_start":-1,"is_primary":true}]}}`,
		"", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package prettier

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"two files", "[warn] a.js\n[warn] src/b c.ts\n[warn] Code style issues found in 2 files. Run Prettier with --write to fix.\n",
		"a.js error prettier format: The formatter would write this file differently.; " +
			"src/b c.ts error prettier format: The formatter would write this file differently.", ""},
	{"a name like its last line", "[warn] Run Prettier a.js\n[warn] Code style issues found in the above file. Run Prettier to fix.\n",
		"Run Prettier a.js error prettier format: The formatter would write this file differently.", ""},
	{"it does not parse", "[error] broken.js: SyntaxError: Unexpected token (1:7)\n[error] > 1 | const =\n[error]     |       ^\n" +
		"[error]   2 |\nError occurred when checking code style in the above file.\n", "", "none of prettier"},
	{"one that does not parse", "[error] broken.js: SyntaxError: Unexpected token (1:7)\n[error] > 1 | const =\n[error]     |       ^\n" +
		"[error]   2 |\n[warn] Error occurred when checking code style in the above file.\n",
		"prettier failed: it could not read broken.js; blind broken.js:1:7 error prettier unreadable: SyntaxError: Unexpected token", ""},
	{"with both streams and colours", "Checking formatting...\n[\x1b[33mwarn\x1b[39m] a.js\n", "a.js error prettier format: " +
		"The formatter would write this file differently.", ""},
	{"nothing", "Checking formatting...\nAll matched files use Prettier code style!\n", "nothing of prettier", ""},
	{"empty", "", "nothing of prettier", ""},
	{"of something else", "a.js\n", "", "none of prettier --check"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

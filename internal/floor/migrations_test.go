package floor

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestMigrationsHaveOneNumberEach: two branches that each add the next migration merge without a conflict, and the
// store then refuses to open.
func TestMigrationsHaveOneNumberEach(t *testing.T) {
	names, err := fs.Glob(os.DirFS("../store/migrations"), "*.sql")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d migrations were found, so nothing was tested: %v", len(names), err)
	}
	for _, breach := range migrationsHaveOneNumber(names) {
		t.Error(breach)
	}
	planted := fstest.MapFS{"0001_a.sql": {}, "0002_b.sql": {}, "0002_c.sql": {}, "3_d.sql": {}}
	names, _ = fs.Glob(planted, "*.sql")
	want := "0002_b.sql and 0002_c.sql have one number: give the later one the next that is free\n" +
		"3_d.sql: a migration's name begins with four digits and a _"
	if got := strings.Join(migrationsHaveOneNumber(names), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func migrationsHaveOneNumber(names []string) (out []string) {
	taken := map[string]string{}
	for _, name := range names {
		number, _, ok := strings.Cut(name, "_")
		switch other := taken[number]; {
		case !ok || len(number) != 4 || strings.Trim(number, "0123456789") != "":
			out = append(out, name+": a migration's name begins with four digits and a _")
		case other != "":
			out = append(out, fmt.Sprintf("%s and %s have one number: give the later one the next that is free", other, name))
		default:
			taken[number] = name
		}
	}
	return out
}

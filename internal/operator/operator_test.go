package operator

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
)

// TestReadersChangeNoSchema: who only asks leaves the schema of an older program as it is, since its server may run.
func TestReadersChangeNoSchema(t *testing.T) {
	t.Parallel()
	c := config.Config{Database: "sqlite://" + filepath.ToSlash(filepath.Join(t.TempDir(), "lintel.db"))}
	st, err := OpenCopy(t.Context(), c.Database)
	if err != nil {
		t.Fatal(err)
	}
	steps := func(query string) (n int) {
		t.Helper()
		if err := st.Writer().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	read, err := OpenToRead(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Close(); err != nil {
		t.Error(err)
	}
	steps("DELETE FROM schema_version WHERE number = (SELECT MAX(number) FROM schema_version) RETURNING number")
	before := steps("SELECT COUNT(*) FROM schema_version")
	if _, err := OpenToRead(t.Context(), c); err == nil || !strings.Contains(err.Error(), "run the same version as lintel serve") {
		t.Errorf("%v", err)
	}
	if after := steps("SELECT COUNT(*) FROM schema_version"); after != before {
		t.Errorf("it ran %d steps", after-before)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

package terminal

import (
	"bytes"
	"testing"
)

func TestColumns(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int{"": 0, "80": 80, "19": 0, "-5": 0, "wide": 0} {
		if got := (Terminal{Out: new(bytes.Buffer), Env: []string{"COLUMNS=" + value}}).Columns(); got != want {
			t.Errorf("COLUMNS=%s gives %d, want %d", value, got, want)
		}
	}
}

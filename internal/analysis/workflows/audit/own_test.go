package audit

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOwnWorkflows holds this project's workflows to the rules that it gives to others.
func TestOwnWorkflows(t *testing.T) {
	files, err := filepath.Glob("../../../../.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("found %d workflows, want at least 2 (%v)", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found, err := Workflow(body, Options{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, f := range found {
			t.Errorf("%s: %+v", file, f)
		}
	}
}

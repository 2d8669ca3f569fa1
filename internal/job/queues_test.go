package job_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/job"
)

// TestQueues: a queue that is not in the list has no age on /metrics.
func TestQueues(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:Queue = |Queue\(\) string \{ return )"(.*)"`).FindAllSubmatch(source, -1) {
			named = append(named, string(m[1]))
		}
	}
	if got, want := slices.Sorted(slices.Values(job.Queues())), slices.Sorted(slices.Values(named)); !slices.Equal(got, want) {
		t.Errorf("the queues are %q, and the sources name %q", got, want)
	}
}

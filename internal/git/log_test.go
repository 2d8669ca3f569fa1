package git

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLogEncodingAndConfiguration(t *testing.T) {
	s := newScene(t)
	from := s.git("rev-parse", "HEAD")
	s.write(filepath.Join(s.home, "latin"), "caf\xe9\r\n\r\nbody  \n")
	s.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F",
		filepath.Join(s.home, "latin"))
	// git commit would convert what is not UTF-8, other programs do not.
	head, _, _ := strings.Cut(s.git("cat-file", "commit", from), "\nparent")
	_, people, _ := strings.Cut(s.git("cat-file", "commit", from), "\nauthor")
	people, _, _ = strings.Cut(people, "\n\n")
	s.write(filepath.Join(s.home, "raw"), head+"\nparent "+s.git("rev-parse", "HEAD")+"\nauthor"+people+"\n\nraw \xff bytes")
	s.git("update-ref", "HEAD", s.git("hash-object", "-t", "commit", "-w", filepath.Join(s.home, "raw")))
	s.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
	s.git("notes", "add", "-m", "a note", "HEAD")
	s.write(".mailmap", "Other <other@example.com> <ann@example.com>\n")
	for key, value := range map[string]string{"log.mailmap": "true", "log.showRoot": "true", "format.pretty": "raw",
		"log.follow": "true", "log.decorate": "full", "log.diffMerges": "on",
		"i18n.logOutputEncoding": "ISO-8859-1", "color.ui": "always", "notes.displayRef": "*", "log.date": "raw",
		"log.abbrevCommit": "true"} {
		s.git("config", key, value)
	}
	commits, err := s.repo().Log(t.Context(), from, "HEAD", 10)
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, c := range commits {
		messages = append(messages, c.Message)
		if c.AuthorName != "Ann" || c.CommitterEmail != "ann@example.com" || !IsID(c.ID) || len(c.Parents) != 1 {
			t.Errorf("commit %+v", c)
		}
	}
	if d := cmp.Diff([]string{"café\r\n\r\nbody  \n", "raw \xff bytes", ""}, messages); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if commits, err = s.repo().Log(t.Context(), "", "HEAD", 2); err != nil || len(commits) != 2 || commits[1].Message != "" {
		t.Errorf("the newest 2 = %+v, %v", commits, err)
	}
	if n, err := s.repo().CountCommits(t.Context(), "", "HEAD"); err != nil || n != 5 {
		t.Errorf("CountCommits = %d, %v", n, err)
	}
}

func TestBlobsEndWithTheirContext(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(t.Context())
	b, err := s.repo().Blobs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	id := s.git("rev-parse", "HEAD")
	if _, err := b.Read(id, 10); err != nil {
		t.Fatal(err)
	}
	cancel()
	for err == nil {
		_, err = b.Read(id, 10) // until the killed process is gone
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
	b.Close()
	if _, err := b.Read(id, 10); err == nil {
		t.Error("a closed reader reads")
	}
}

// TestHeaders reads the newest headers with the number of their parents; an empty one keeps its place.
func TestHeaders(t *testing.T) {
	s := newScene(t)
	main := s.git("rev-parse", "HEAD")
	s.git("commit", "-q", "--allow-empty", "-m", "net: read\nless\n\nwhy")
	s.git("checkout", "-q", "-b", "side", main)
	s.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
	s.git("merge", "-q", "-m", "Merge it", "@{-1}")
	got, err := s.repo().Headers(t.Context(), "HEAD", 3)
	if err != nil || len(got) != 3 || got[0] != (Header{"Merge it", 2}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if d := cmp.Diff(map[Header]bool{{"", 1}: true, {"net: read less", 1}: true}, map[Header]bool{got[1]: true, got[2]: true}); d != "" {
		t.Error(d)
	}
	if _, err := s.repo().Headers(t.Context(), "--all", 3); err == nil {
		t.Error("an option was taken for a commit")
	}
}

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
	s.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", filepath.Join(s.home, "latin"))
	// git commit would convert what is not UTF-8, other programs do not.
	head, _, _ := strings.Cut(s.git("cat-file", "commit", from), "\nparent")
	_, people, _ := strings.Cut(s.git("cat-file", "commit", from), "\nauthor")
	people, _, _ = strings.Cut(people, "\n\n")
	s.write(filepath.Join(s.home, "raw"), head+"\nparent "+s.git("rev-parse", "HEAD")+"\nauthor"+people+"\n\nraw \xff bytes")
	s.git("update-ref", "HEAD", s.git("hash-object", "-t", "commit", "-w", filepath.Join(s.home, "raw")))
	s.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
	s.git("notes", "add", "-m", "a note", "HEAD")
	s.write(".mailmap", "Other <other@example.com> <ann@example.com>\n")
	for key, value := range map[string]string{"log.mailmap": "true", "log.showRoot": "true", "format.pretty": "raw", "log.follow": "true", "log.decorate": "full", "log.diffMerges": "on",
		"i18n.logOutputEncoding": "ISO-8859-1", "color.ui": "always", "notes.displayRef": "*", "log.date": "raw", "log.abbrevCommit": "true"} {
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

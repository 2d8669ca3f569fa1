package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGraphQLCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "server.yml")
	text := "github: { app_id: 1, private_key_file: k, webhook_secret_file: s }\n"
	must(t, os.WriteFile(file, []byte(text), 0o600))
	for environment, want := range map[string]bool{"": true, "LINTEL_GITHUB_GRAPHQL=true": true, "LINTEL_GITHUB_GRAPHQL=false": false} {
		c, err := Load(file, []string{environment}, nil)
		must(t, err)
		if c.GitHub.GraphQL != want {
			t.Errorf("with %q GraphQL is %v, want %v", environment, c.GitHub.GraphQL, want)
		}
	}
	must(t, os.WriteFile(file, []byte("github: { app_id: 1, private_key_file: k, webhook_secret_file: s, graphql: false }\n"), 0o600))
	c, err := Load(file, nil, nil)
	must(t, err)
	if c.GitHub.GraphQL {
		t.Error("graphql: false in the file is not taken over")
	}
	_, err = Load(file, []string{"LINTEL_GITHUB_GRAPHQL=1"}, nil)
	var wrong *Error
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "LINTEL_GITHUB_GRAPHQL") {
		t.Errorf("LINTEL_GITHUB_GRAPHQL=1 gives %v, want a problem that names the variable", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

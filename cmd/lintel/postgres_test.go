package main

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// TestPostgresScript runs testdata/postgres: what an operator does with PostgreSQL. Each script has an empty database,
// $POSTGRES, on the server of $POSTGRES_HOST.
func TestPostgresScript(t *testing.T) {
	server := postgrestest.Server(t)
	runScripts(t, build(t), "testdata/postgres", func(env *testscript.Env) {
		env.Setenv("POSTGRES", postgrestest.New(t))
		env.Setenv("POSTGRES_HOST", server[strings.Index(server, "host="):])
	})
}

package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
)

// maxFile bounds the server's file.
const maxFile = 64 << 10

// Load reads the server's file (none when path is empty), then LINTEL_* of the environment, then overrides by key path
// ("github.app_id" to text). All problems come in one *Error: those of the file with line and column, the others with
// the name of the variable or flag.
func Load(path string, environ []string, overrides map[string]string) (Config, error) {
	return load(path, environ, overrides, func(c Config, given source) []string {
		if idle := given.idle(c); len(idle) > 0 {
			return idle
		}
		return c.check()
	})
}

// LoadServe is Load for a server that is about to start; its error says that nothing started.
func LoadServe(path string, environ []string, overrides map[string]string) (Config, error) {
	c, err := Load(path, environ, overrides)
	err = unstarted(err)
	if wrong, ok := errors.AsType[*Error](err); ok {
		wrong.Server = true
	}
	return c, err
}

// LoadDatabase is Load for commands that work on the server's database and use no forge: it requires no App.
func LoadDatabase(path string, environ []string, overrides map[string]string) (Config, error) {
	return load(path, environ, overrides, func(c Config, _ source) []string {
		return slices.DeleteFunc(c.check(), func(p string) bool {
			return strings.HasPrefix(p, "github.") || strings.HasPrefix(p, "gitlab.")
		})
	})
}

// LoadModel is Load for commands that only ask the model: it requires no App.
func LoadModel(path string, environ []string, overrides map[string]string) (Model, error) {
	c, err := load(path, environ, overrides, func(c Config, _ source) []string {
		var all problems
		c.Model.check(all.add)
		return all
	})
	if err == nil && c.Model.Endpoint == "" {
		err = errNoModel
	}
	return c.Model, err
}

// load is Load with the check of its caller.
func load(
	path string, environ []string, overrides map[string]string, check func(Config, source) []string,
) (Config, error) {
	c := Default()
	raw, err := Schema()
	if err != nil {
		return c, err
	}
	schema, err := document.Compile(raw)
	if err != nil {
		return c, fmt.Errorf("compile schema of the server's file: %w", err)
	}
	var wrong problems
	var given source
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return c, unreadable(path, err)
		}
		found, err := document.Decode(path, data, schema, maxFile, &c)
		if err != nil {
			return c, err
		}
		for _, p := range found {
			wrong = append(wrong, p.String())
		}
		given.file, _ = document.Parse(path, data, maxFile)
	}
	values := variables(environ, overrides)
	given.variables = values
	for _, v := range values {
		found, err := document.Decode(v.source, nested(v.key, v.value), schema, maxFile, &c)
		if err != nil {
			return c, err
		}
		for _, p := range found {
			wrong = append(wrong, fmt.Sprintf("%s: %s", v.source, p.Message))
		}
	}
	if len(wrong) == 0 {
		wrong = check(c, given)
	}
	if len(wrong) > 0 {
		return c, &Error{Problems: wrong, File: path, Given: path != "" || len(values) > 0}
	}
	return c, nil
}

// source is where values came from.
type source struct {
	file      *document.Document
	variables []variable
}

// idle finds keys that nothing reads, since the one that they belong to is not there. One that is there and empty says
// that there is to be no GitLab.
func (s source) idle(c Config) (all []string) {
	if c.GitLab.On() || s.file != nil && s.file.Has("gitlab", "url") {
		return nil
	}
	const why = "nothing reads it while gitlab.url is missing: write GitLab's address there, or take this key out"
	for _, key := range slices.Sorted(maps.Keys(gitLabKeys)) {
		name, ok := strings.CutPrefix(key, "gitlab.")
		if !ok || key == "gitlab.url" {
			continue
		}
		if s.file != nil && s.file.Has("gitlab", name) {
			all = append(all, s.file.KeyProblem(key+": "+why, "gitlab", name).String())
		}
		for _, v := range s.variables {
			if v.key == key {
				all = append(all, v.source+": "+why)
			}
		}
	}
	return all
}

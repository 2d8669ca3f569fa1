package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// pruneVersion is part of the name of the pruned file: raise it when prune changes.
const pruneVersion = "1"

// prunedOpenAPI returns GitHub's OpenAPI document reduced to the operations listed, with every component they reach.
// The result is kept beside the document.
func prunedOpenAPI() ([]byte, error) {
	dir, err := cache()
	if err != nil {
		return nil, err
	}
	from, err := read(openAPIFile + ".from")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(pruneVersion + string(from) + operations))
	file := filepath.Join(dir, "openapi-pruned-"+hex.EncodeToString(sum[:8])+".json")
	if kept, err := os.ReadFile(file); err == nil { //nolint:gosec // the name is a digest
		return kept, nil
	}
	whole, err := read(openAPIFile)
	if err != nil {
		return nil, err
	}
	pruned, err := prune(whole, strings.Fields(operations))
	if err != nil {
		return nil, fmt.Errorf("prune %s: %w", openAPIFile, err)
	}
	return pruned, keep(file, pruned)
}

// keep writes a file whole or not at all: tests of several packages may do so at once.
func keep(file string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".pruned-*")
	if err != nil {
		return fmt.Errorf("keep %s: %w", file, err)
	}
	_, err = tmp.Write(data)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", file, err)
	}
	return nil
}

// prune takes the words METHOD PATH METHOD PATH.
func prune(document []byte, wanted []string) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	all, _ := doc["paths"].(map[string]any)
	paths := map[string]any{}
	for i := 0; i+1 < len(wanted); i += 2 {
		method, path := strings.ToLower(wanted[i]), wanted[i+1]
		item, _ := all[path].(map[string]any)
		if item[method] == nil {
			return nil, fmt.Errorf("GitHub's document has no operation %s %s", wanted[i], path)
		}
		kept, ok := paths[path].(map[string]any)
		if !ok {
			kept = map[string]any{}
			paths[path] = kept
			if p := item["parameters"]; p != nil {
				kept["parameters"] = strip(p, false)
			}
		}
		kept[method] = strip(item[method], false)
	}
	out := map[string]any{"openapi": doc["openapi"], "info": map[string]any{"title": "pruned", "version": "1"}, "paths": paths}
	components, err := reach(paths, doc["components"])
	if err != nil {
		return nil, err
	}
	out["components"] = components
	return json.Marshal(out)
}

// reach collects the components that v refers to, and those that they refer to.
func reach(v, components any) (map[string]any, error) {
	all, _ := components.(map[string]any)
	out := map[string]any{}
	todo := references(v, nil)
	for len(todo) > 0 {
		ref := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		kind, name, ok := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
		section, _ := all[kind].(map[string]any)
		if !ok || section[name] == nil {
			return nil, fmt.Errorf("%s leads nowhere", ref)
		}
		kept, ok := out[kind].(map[string]any)
		if !ok {
			kept = map[string]any{}
			out[kind] = kept
		}
		if kept[name] == nil {
			kept[name] = strip(section[name], false)
			todo = references(kept[name], todo)
		}
	}
	return out, nil
}

func references(v any, found []string) []string {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return append(found, ref)
		}
		for _, item := range v {
			found = references(item, found)
		}
	case []any:
		for _, item := range v {
			found = references(item, found)
		}
	}
	return found
}

// strip drops what no check reads: examples, descriptions, GitHub's own notes. names says that the keys of v are names,
// as in "properties", and not keywords.
func strip(v any, names bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			if !names && (k == "example" || k == "examples" || k == "x-github" || k == "externalDocs" || k == "description") {
				continue
			}
			out[k] = strip(item, !names && k == "properties")
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = strip(v[i], false)
		}
		return out
	}
	return v
}

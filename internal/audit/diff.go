package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxDiff bounds the text of a difference, in bytes.
const maxDiff = 4000

// Diff says how two JSON documents differ, key by key: "size.fail_over: 1000 -> 500". A document that cannot be read
// differs in no key.
func Diff(before, after []byte) string {
	was, is := map[string]string{}, map[string]string{}
	flatten(before, was)
	flatten(after, is)
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	var all []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if was[key] != is[key] {
			all = append(all, fmt.Sprintf("%s: %s -> %s", key, orNothing(was[key]), orNothing(is[key])))
		}
	}
	out := strings.Join(all, "; ")
	if len(out) > maxDiff {
		out = strings.ToValidUTF8(out[:maxDiff], "") + "..."
	}
	return out
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// flatten gives each leaf of a document by the path of its keys. A list is a leaf.
func flatten(document []byte, into map[string]string) {
	var tree any
	in := json.NewDecoder(bytes.NewReader(document))
	in.UseNumber()
	if in.Decode(&tree) != nil {
		return
	}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		if object, ok := node.(map[string]any); ok {
			for key, value := range object {
				walk(strings.TrimPrefix(path+"."+key, "."), value)
			}
			return
		}
		text, err := json.Marshal(node)
		if err == nil {
			into[path] = string(text)
		}
	}
	walk("", tree)
}

package config

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// maxHeader bounds the file with the header, in bytes.
const maxHeader = 8 << 10

// Header reads the header for the collector, as "Name: value"; empty when no file is named.
func (t Traces) Header() (string, error) {
	if t.Endpoint == "" || t.HeaderFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(t.HeaderFile)
	if err != nil {
		return "", fmt.Errorf("traces.header_file: %w", err)
	}
	line := strings.TrimSpace(string(text))
	name, value, ok := strings.Cut(line, ":")
	plain := func(s string, extra string) bool {
		return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' || strings.ContainsRune(extra, c) })
	}
	if !ok || len(text) > maxHeader || !plain(name, " ()<>@,;\\\"/[]?={}") || !plain(strings.TrimSpace(value), "") {
		return "", fmt.Errorf("traces.header_file: %s does not hold one line such as \"Authorization: Bearer ...\"", t.HeaderFile)
	}
	return line, nil
}

func (t Traces) check(add func(key, format string, args ...any)) {
	if t.Endpoint == "" {
		return
	}
	u, err := url.Parse(t.Endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.User != nil {
		add("traces.endpoint", "%q is not an address such as http://localhost:4318", t.Endpoint)
	}
}

package config

import (
	"fmt"
	"net/url"
	"strings"
)

// ChangeURL is where people see a pull request or merge request; empty where the forge's address is not known. An owner
// on GitLab may have several parts.
func (c Config) ChangeURL(forge, owner, name string, number int) string {
	base, way := c.GitHub.WebURL, "pull"
	if forge == "gitlab" {
		base, way = c.GitLab.URL, "-/merge_requests"
	}
	if base == "" || owner == "" || name == "" || number <= 0 || forge != "github" && forge != "gitlab" {
		return ""
	}
	parts := append(strings.Split(owner, "/"), name)
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return fmt.Sprintf("%s/%s/%s/%d", strings.TrimSuffix(base, "/"), strings.Join(parts, "/"), way, number)
}

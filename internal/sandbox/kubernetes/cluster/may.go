package cluster

import (
	"context"
	"net/http"
	"strings"
)

// May asks the cluster whether this client may do something in its namespace, as "create jobs.batch", "get pods/attach"
// or "get namespaces NAME". Everybody may ask for themselves.
func (c *Client) May(ctx context.Context, right string) (bool, error) {
	type attributes struct {
		Namespace   string `json:"namespace"`
		Verb        string `json:"verb"`
		Group       string `json:"group"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource,omitempty"`
		Name        string `json:"name,omitempty"`
	}
	type spec struct {
		Attributes attributes `json:"resourceAttributes"`
	}
	type review struct {
		Version string `json:"apiVersion"`
		Kind    string `json:"kind"`
		Spec    spec   `json:"spec"`
	}
	verb, rest, _ := strings.Cut(right, " ")
	rest, name, _ := strings.Cut(rest, " ")
	rest, group, _ := strings.Cut(rest, ".")
	resource, sub, _ := strings.Cut(rest, "/")
	var answer struct {
		Status struct {
			Allowed bool `json:"allowed"`
		} `json:"status"`
	}
	const at = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
	err := c.call(ctx, http.MethodPost, at, nil, review{"authorization.k8s.io/v1", "SelfSubjectAccessReview",
		spec{attributes{c.namespace, verb, group, resource, sub, name}}}, &answer)
	return answer.Status.Allowed, err
}

package kubernetes

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// policy is what matters of a NetworkPolicy (networking.k8s.io/v1).
type policy struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Selector selector `json:"podSelector"`
		Types    []string `json:"policyTypes"`
		Ingress  []any    `json:"ingress"`
		Egress   []any    `json:"egress"`
	} `json:"spec"`
}

// selector chooses pods by their labels.
type selector struct {
	Labels      map[string]string `json:"matchLabels"`
	Expressions []struct {
		Key      string   `json:"key"`
		Operator string   `json:"operator"`
		Values   []string `json:"values"`
	} `json:"matchExpressions"`
}

// selects reports whether a selector chooses pods with these labels.
func (s selector) selects(labels map[string]string) bool {
	for key, value := range s.Labels {
		if got, ok := labels[key]; !ok || got != value {
			return false
		}
	}
	for _, e := range s.Expressions {
		value, there := labels[e.Key]
		holds := false
		switch e.Operator {
		case "In":
			holds = there && slices.Contains(e.Values, value)
		case "NotIn":
			holds = !there || !slices.Contains(e.Values, value)
		case "Exists":
			holds = there
		case "DoesNotExist":
			holds = !there
		}
		if !holds {
			return false
		}
	}
	return true
}

// guard refuses a namespace that does not hold what runs in it, and gives the users that its pods may have.
func (b *backend) guard(ctx context.Context) (users, error) {
	at := b.cluster.Namespace()
	var space struct {
		Metadata struct {
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	if err := b.cluster.Get(ctx, b.cluster.Path("core", ""), nil, &space); err != nil {
		return users{}, fmt.Errorf("look at the namespace %s of %s: %w", at, b.cluster.Server(), err)
	}
	const enforce = "pod-security.kubernetes.io/enforce"
	if got := space.Metadata.Labels[enforce]; got != "restricted" {
		return users{}, fmt.Errorf(
			"the namespace %s does not enforce the Pod Security profile restricted (%q): label it %s=restricted, "+
				"or whoever takes the worker over may make pods that rule their node",
			at,
			got,
			enforce,
		)
	}
	var all struct {
		Items []policy `json:"items"`
	}
	if err := b.cluster.Get(ctx, b.cluster.Path("networking.k8s.io/v1", "networkpolicies"), nil, &all); err != nil {
		return users{}, fmt.Errorf("look whether pods of the namespace %s have a network: %w", at, err)
	}
	if err := closed(at, all.Items); err != nil {
		return users{}, err
	}
	return usersOf(space.Metadata.Annotations["openshift.io/sa.scc.uid-range"])
}

// users are a range of user ids. Limits of processes are counted for one user, over all pods of a node, so each pod takes
// one by chance.
type users struct{ first, many int64 }

// usersOf reads the range that OpenShift gives a namespace, FIRST/MANY or FIRST-LAST; its default profile refuses others.
func usersOf(text string) (users, error) {
	if text == "" {
		return users{1 << 30, 1 << 30}, nil
	}
	first, rest, counted := strings.Cut(text, "/")
	if !counted {
		first, rest, _ = strings.Cut(text, "-")
	}
	from, err := strconv.ParseInt(first, 10, 64)
	many, wrong := strconv.ParseInt(rest, 10, 64)
	if !counted {
		many += 1 - from
	}
	if err != nil || wrong != nil || from < 1 || many < 1 || many > 1<<32 || from > 1<<32 {
		return users{}, fmt.Errorf("the namespace's range of users %q (openshift.io/sa.scc.uid-range) cannot be read", text)
	}
	return users{from, many}, nil
}

// any is one of the users.
func (u users) any() int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(u.many))
	if err != nil {
		return u.first // it does not happen; the limit then is one for all
	}
	return u.first + n.Int64()
}

// closed says why the policies of a namespace do not keep the pods of jobs from every network.
func closed(namespace string, all []policy) error {
	in, out := false, false
	// Some values are others for each pod, so a policy that names one of them is none for all.
	pod := labels("any", 0)
	for _, added := range []string{"job-name", "controller-uid"} {
		pod[added], pod["batch.kubernetes.io/"+added] = "any", "any"
	}
	for _, p := range all {
		if !p.Spec.Selector.selects(pod) {
			continue
		}
		if len(p.Spec.Ingress)+len(p.Spec.Egress) > 0 {
			return fmt.Errorf(
				"the NetworkPolicy %s lets pods of checks talk to others: policies add up, so take it out of the namespace %s",
				p.Metadata.Name,
				namespace,
			)
		}
		in, out = in || slices.Contains(p.Spec.Types, "Ingress"), out || slices.Contains(p.Spec.Types, "Egress")
	}
	if !in || !out {
		return fmt.Errorf("the namespace %s has no NetworkPolicy that keeps all of its pods from every network: "+
			"make one with an empty podSelector, policyTypes [Ingress, Egress] and no rules", namespace)
	}
	return nil
}

// nodes are the labels of nodes that pods may run on, and the taints that they bear.
func (o Options) nodes() (map[string]string, []object) {
	chosen := map[string]string{}
	// A node that does not answer is given up soon: the default is five minutes.
	borne := []object{
		{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
		{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
	}
	for _, n := range o.Nodes {
		key, value, _ := strings.Cut(n, "=")
		chosen[key] = value
		borne = append(borne, object{"key": key, "operator": "Equal", "value": value})
	}
	return chosen, borne
}

package gitlab

import "net/http"

func (l *Lab) graphql(_ *call) (answer, error) {
	return answer{}, failure{http.StatusNotFound, object{"error": "404 Not Found"}}
}

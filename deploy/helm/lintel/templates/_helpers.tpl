{{- define "lintel.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "lintel.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "lintel.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "lintel.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "lintel.selector" -}}
app.kubernetes.io/name: {{ include "lintel.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "lintel.labels" -}}
{{ include "lintel.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "lintel.image" -}}
{{- if .Values.image.digest -}}
{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else -}}
{{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end -}}
{{- end }}

{{- define "lintel.postgres" -}}
{{- if hasPrefix "postgres" .Values.database.url }}yes{{ end -}}
{{- end }}

{{- /* The autoscaler of workers (name) by the age of their queue: more of them while jobs wait there for longer than own.queueAgeSeconds. */ -}}
{{- define "lintel.scaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels: {{- include "lintel.labels" .root | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ .name }} }
  minReplicas: {{ .own.minReplicas }}
  maxReplicas: {{ .own.maxReplicas }}
  metrics:
    - type: External
      external:
        metric:
          name: lintel_queue_age_seconds
          selector: { matchLabels: {{ merge (dict "queue" .queue) .own.matchLabels | toJson }} }
        target: { type: Value, value: {{ .own.queueAgeSeconds | quote }} }
    {{- with .own.metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "lintel.workers" -}}
{{- if or (gt (int .Values.worker.replicas) 0) .Values.worker.autoscaling.enabled }}yes{{ end -}}
{{- end }}

{{- /* The Deployments of lintel serve: one that does all, or one for each role. The first answers webhooks and pages. */ -}}
{{- define "lintel.servers" -}}
{{- $all := list -}}
{{- $name := include "lintel.fullname" . -}}
{{- if .Values.roles.enabled -}}
{{- range $role := list "web" "reports" "gate" "advise" "sweeps" -}}
{{- $own := index $.Values.roles $role -}}
{{- $all = append $all (dict "name" (printf "%s-%s" $name $role) "role" $role "public" (has $role (list "web" "reports")) "replicas" $own.replicas
      "resources" $own.resources "scaled" (dig "autoscaling" "enabled" false $own)) -}}
{{- end -}}
{{- else -}}
{{- $all = list (dict "name" $name "role" "" "public" true "replicas" .Values.server.replicas "resources" .Values.server.resources "scaled" false) -}}
{{- end -}}
{{ toYaml $all }}
{{- end }}

{{- /* The labels of a server's pods, of one of lintel.servers or of those with a role. */ -}}
{{- define "lintel.serverSelector" -}}
{{ include "lintel.selector" .root }}
app.kubernetes.io/component: server
{{- with .role }}
lintel-role: {{ . }}
{{- end }}
{{- end }}

{{- /* Where the pods of a component are, with .root and .selector. */ -}}
{{- define "lintel.spread" -}}
{{- if .own -}}
{{ toYaml .own }}
{{- else -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- $.selector | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "lintel.checkers" -}}
{{- if or (gt (int .Values.checks.replicas) 0) .Values.checks.autoscaling.enabled }}yes{{ end -}}
{{- end }}

{{- /* Whether checks run as Jobs of the cluster, and where. */ -}}
{{- define "lintel.jobs" -}}
{{- if and (include "lintel.checkers" .) (eq "kubernetes" (toString (dig "checks" "backend" "docker" .Values.config))) }}yes{{ end -}}
{{- end }}

{{- define "lintel.jobsNamespace" -}}
{{- default (printf "%s-checks" (include "lintel.fullname" .)) .Values.checks.jobs.namespace -}}
{{- end }}

{{- /* The address of the database with the file of its password. */ -}}
{{- define "lintel.database" -}}
{{- $url := .Values.database.url -}}
{{- if .Values.secrets.database -}}
{{ $url }}{{ ternary "&" "?" (contains "?" $url) }}password_file=/etc/lintel/database/password
{{- else -}}
{{ $url }}
{{- end -}}
{{- end }}

{{- /* The ports of the database's hosts, one a line. */ -}}
{{- define "lintel.databasePorts" -}}
{{- $hosts := regexReplaceAll "^[a-z]+://([^@/?]*@)?([^/?]*).*$" .Values.database.url "${2}" -}}
{{- $ports := list -}}
{{- range splitList "," $hosts -}}
{{- $ports = append $ports (default "5432" (regexFind "[0-9]+$" (regexFind ":[0-9]+$" .))) -}}
{{- end -}}
{{ join "," (uniq $ports) }}
{{- end }}

{{- define "lintel.modelPort" -}}
{{- $u := urlParse .Values.worker.config.model.endpoint -}}
{{- default (ternary "80" "443" (eq $u.scheme "http")) (regexFind "[0-9]+$" (regexFind ":[0-9]+$" $u.host)) -}}
{{- end }}

{{- define "lintel.serverConfig" -}}
{{- $github := dict "private_key_file" "/etc/lintel/secrets/private-key.pem" "webhook_secret_file" "/etc/lintel/secrets/webhook-secret" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "listen" "0.0.0.0:8080" -}}
{{- $_ = set $config "admin_listen" (ternary "0.0.0.0:8081" "127.0.0.1:8081" .Values.admin.service) -}}
{{- $_ = set $config "database" (include "lintel.database" .) -}}
{{- if .Values.config.github -}}
{{- $_ = set $config "github" (merge $github .Values.config.github) -}}
{{- end -}}
{{- $checks := default dict $config.checks -}}
{{- if include "lintel.checkers" . -}}
{{- $checks = merge (dict "run" "worker") $checks (dict "backend" "docker") -}}
{{- end -}}
{{- if and (include "lintel.postgres" .) (ne (toString (default "off" $checks.backend)) "off") -}}
{{- $checks = merge $checks (dict "folder" "/var/lib/lintel/trees" "folder_megabytes" 512) -}}
{{- end -}}
{{- if $checks -}}
{{- $_ = set $config "checks" $checks -}}
{{- end -}}
{{- if include "lintel.workers" . -}}
{{- $_ = set $config "advice" (merge (dict "run" "worker") (default dict .Values.config.advice)) -}}
{{- end -}}
{{ toYaml $config }}
{{- end }}

{{- define "lintel.workerConfig" -}}
{{- $config := deepCopy .Values.worker.config -}}
{{- $_ := set $config "admin_listen" (ternary "0.0.0.0:8081" "127.0.0.1:8081" .Values.worker.metrics) -}}
{{- $_ = set $config "database" (include "lintel.database" .) -}}
{{ toYaml $config }}
{{- end }}

{{- /* What the server says about tools and images holds for the worker, too. */ -}}
{{- define "lintel.checksConfig" -}}
{{- $config := deepCopy .Values.checks.config -}}
{{- $server := printf "http://%s:%d" (include "lintel.fullname" .) (int .Values.service.port) -}}
{{- $own := dict "backend" "docker" "server" $server "folder" .Values.checks.nodeFolder "socket" (printf "unix://%s" .Values.checks.engineSocket) -}}
{{- if include "lintel.jobs" . -}}
{{- $own = dict "backend" "kubernetes" "server" $server "folder" "/var/lib/lintel/trees" "kubernetes" (dict "namespace" (include "lintel.jobsNamespace" .)) -}}
{{- end -}}
{{- $checks := omit (merge $own (default dict $config.checks) (deepCopy (default dict .Values.config.checks))) "run" -}}
{{- $_ := set $config "checks" $checks -}}
{{- $_ = set $config "admin_listen" "127.0.0.1:8081" -}}
{{- $_ = set $config "database" (include "lintel.database" .) -}}
{{ toYaml $config }}
{{- end }}

{{- define "lintel.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "lintel.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- /* Where a pod may be, of .Values.server or .Values.worker. */ -}}
{{- define "lintel.placement" -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $ $key }}
{{ $key }}: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "lintel.dns" -}}
- ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
{{- end }}

{{- /* What the schema cannot say in words. */ -}}
{{- define "lintel.check" -}}
{{- $c := .Values.config -}}
{{- if not (and $c.public_url (or (dig "github" "app_id" "" $c) (dig "gitlab" "url" "" $c))) -}}
{{- fail "config.public_url and config.github.app_id are needed: how GitHub reaches the server, and the App's number (or config.gitlab.url)" -}}
{{- end -}}
{{- if not (include "lintel.postgres" .) -}}
{{- if .Values.roles.enabled -}}
{{- fail "roles.enabled: roles need PostgreSQL, since SQLite is a file on one server's volume: set database.url, or leave roles out" -}}
{{- end -}}
{{- if gt (int .Values.server.replicas) 1 -}}
{{- fail "server.replicas: more than one server needs PostgreSQL, since SQLite is a file on one server's volume: set database.url, or leave it at 1" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.server.holdNode (or .Values.roles.enabled (gt (int .Values.server.replicas) 1)) -}}
{{- fail "server.holdNode: it is for one server without a second one: leave it out, and set server.podDisruptionBudget" -}}
{{- end -}}
{{- with .Values.roles.gate.autoscaling -}}
{{- if and .enabled (not $.Values.roles.enabled) -}}
{{- fail "roles.gate.autoscaling: there is no Deployment of the role gate: set roles.enabled: true" -}}
{{- end -}}
{{- end -}}
{{- range $what, $own := dict "roles.gate" .Values.roles.gate "worker" .Values.worker "checks" .Values.checks -}}
{{- with $own.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- fail (printf "%s.autoscaling: minReplicas is above maxReplicas" $what) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "lintel.checkers" . -}}
{{- if not (include "lintel.postgres" .) -}}
{{- fail "checks.replicas: workers need PostgreSQL, since SQLite is a file on the server's volume: set database.url, or leave the workers out" -}}
{{- end -}}
{{- if not (has (toString (dig "checks" "backend" "docker" $c)) (list "docker" "kubernetes")) -}}
{{- fail "config.checks.backend: in a pod only kubernetes works, and docker with the engine of checks.engineSocket" -}}
{{- end -}}
{{- if include "lintel.jobs" . -}}
{{- if eq .Release.Namespace (include "lintel.jobsNamespace" .) -}}
{{- fail "checks.jobs.namespace: the pods of checks need a namespace of their own, not that of Lintel" -}}
{{- end -}}
{{- else if not (and .Values.checks.engineSocket .Values.checks.nodeSelector) -}}
{{- fail "checks.replicas: no sandbox runs in a restricted pod: set config.checks.backend: kubernetes, or name a node's engine by checks.engineSocket and nodes that run nothing else by checks.nodeSelector, or run the worker outside of the cluster (deploy/systemd/lintel-checks.service)" -}}
{{- end -}}
{{- end -}}
{{- range $key, $secret := .Values.secrets -}}
{{- if not (regexMatch "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$" $secret) -}}
{{- fail (printf "secrets.%s takes the name of a Secret, not the secret itself" $key) -}}
{{- end -}}
{{- end -}}
{{- if or (regexMatch "^[a-z]+://[^?@]*:[^?]*@" .Values.database.url) (regexMatch "[?&]password=" .Values.database.url) -}}
{{- fail "database.url holds a password: put it into a Secret under the key password, and name that by secrets.database" -}}
{{- end -}}
{{- if not .Values.secrets.server -}}
{{- fail "secrets.server is needed: the name of a Secret with the keys private-key.pem and webhook-secret" -}}
{{- end -}}
{{- $signin := or (dig "signin" "oidc" "issuer" "" $c) (dig "signin" "github" "client_id" "" $c) -}}
{{- if and .Values.admin.service (not $signin) (not $c.admin_protected) -}}
{{- fail "admin.service: nobody signs in at port 8081: set config.signin, or config.admin_protected: true if your cluster enforces the NetworkPolicy" -}}
{{- end -}}
{{- if include "lintel.workers" . -}}
{{- if not (include "lintel.postgres" .) -}}
{{- fail "worker.replicas: workers need PostgreSQL, since SQLite is a file on the server's volume: set database.url, or leave the workers out" -}}
{{- end -}}
{{- if not (dig "model" "endpoint" "" .Values.worker.config) -}}
{{- fail "worker.config.model.endpoint is needed: a worker asks a language model" -}}
{{- end -}}
{{- if and .Values.worker.metrics (not .Values.worker.config.admin_protected) -}}
{{- fail "worker.metrics: nobody signs in there: set worker.config.admin_protected: true if your cluster enforces the NetworkPolicy" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not .Values.admin.service) -}}
{{- fail "serviceMonitor.enabled: Prometheus cannot reach loopback of the pod: set admin.service: true" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host is needed: the host of config.public_url" -}}
{{- end -}}
{{- end }}

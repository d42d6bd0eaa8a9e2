package telemetry

// A Metric is one family of figures as docs/observability.md lists it.
type Metric struct {
	Name   string
	Labels []string
	Help   string
}

// The metrics, beside those of the Go runtime and the process.
var (
	batchesEnded = Metric{"phohien_batches_total", []string{"kind", "state"}, "Batches that have ended, by kind and by the state in which they did."}
	rowsCounted  = Metric{"phohien_rows_total", []string{"result"}, "Rows of committed batches: read, accepted, quarantined."}
	stageTime    = Metric{"phohien_stage_seconds", []string{"stage"}, "How long batches took for a stage."}
	queueLength  = Metric{"phohien_queue_batches", []string{"place"}, "Batches that are walking, and that wait for their turn."}
	mirrorTables = Metric{"phohien_mirror_tables", []string{"state"}, "Tables of data sets by how far their mirror is: even, behind, not made yet."}
	mirrorLag    = Metric{"phohien_mirror_lag_max", nil, "Greatest distance of a mirror from its truth, in batches."}
	answersFound = Metric{"phohien_answers_total", []string{"result"}, "Figures that were asked for: kept from before, shared with another who asked, made."}
	answerBytes  = Metric{"phohien_answers_bytes", nil, "Memory that kept figures take."}
	requests     = Metric{"phohien_http_requests_total", []string{"method", "route", "status"}, "Requests by pattern of route and status."}
	requestTime  = Metric{"phohien_http_request_seconds", []string{"route"}, "How long requests took until the whole answer was written."}
	signIns      = Metric{"phohien_sign_ins_total", []string{"result"}, "Sign-ins of people: ok, failed."}
	denials      = Metric{"phohien_policy_denials_total", []string{"action"}, "Requests that the policies refused, by action."}
	logLines     = Metric{"phohien_log_lines_total", []string{"level"}, "Lines written into the program's log."}
	auditLeaves  = Metric{"phohien_audit_leaves", nil, "Entries in the audit log."}
	auditAge     = Metric{"phohien_audit_checkpoint_age_seconds", nil, "Age of the newest signed checkpoint of the audit log."}
	diskFree     = Metric{"phohien_disk_free_bytes", nil, "Free space where the data folder is."}
	buildInfo    = Metric{"phohien_build_info", []string{"version", "go"}, "Always 1; the labels say which program runs."}
)

// Metrics lists the metrics.
func Metrics() []Metric {
	return []Metric{batchesEnded, rowsCounted, stageTime, queueLength, mirrorTables, mirrorLag, answersFound, answerBytes, requests, requestTime, signIns, denials, logLines,
		auditLeaves, auditAge, diskFree, buildInfo}
}

// The spans of traces. A request's is named by its method and route, SpanRequest
// says so in documents; the stages of a batch stand below SpanBatch.
const (
	SpanRequest = "METHOD ROUTE"
	SpanBatch   = "batch"
)

// Stages of a batch, as values of the label stage and as names of spans.
const (
	StageWait   = "wait"   // until its turn comes
	StageRead   = "read"   // until the file lies in the workshop
	StageCheck  = "check"  // until all rules have judged
	StageCommit = "commit" // until the rows are durable
	StageMirror = "mirror" // until the columnar copy has followed
	StageScore  = "score"  // until the six criteria have moved
)

// Stages lists them in their order.
func Stages() []string {
	return []string{StageWait, StageRead, StageCheck, StageCommit, StageMirror, StageScore}
}

// Attributes of spans.
const (
	AttrMethod      = "http.request.method"
	AttrRoute       = "http.route"
	AttrStatus      = "http.response.status_code"
	AttrBatch       = "phohien.batch"
	AttrDataset     = "phohien.dataset"
	AttrKind        = "phohien.kind"
	AttrState       = "phohien.state"
	AttrRead        = "phohien.rows.read"
	AttrAccepted    = "phohien.rows.accepted"
	AttrQuarantined = "phohien.rows.quarantined"
	AttrFault       = "phohien.fault" // key of the sentence that says why, never its values
)

// Attributes lists them.
func Attributes() []string {
	return []string{AttrMethod, AttrRoute, AttrStatus, AttrBatch, AttrDataset, AttrKind, AttrState, AttrRead, AttrAccepted, AttrQuarantined, AttrFault}
}

// Fields that every line of the log has, or has where they are known. The others
// stand at the call that writes the line.
const (
	FieldRequest = "request" // id of the request, as in the audit log and in traces
	FieldSpan    = "span"    // id of the span, where traces are on
	FieldError   = "error"
)

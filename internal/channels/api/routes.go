package api

import (
	"github.com/phohien/phohien/internal/channels/door"

	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type health struct {
	Body struct {
		Status  string `json:"status" enum:"ok"`
		Version string `json:"version"`
	}
}

// routes names every operation.
func (s *Server) routes() {
	register(s, door.Open, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz",
		Summary: "Máy chủ đang chạy / The server runs", Tags: []string{"server"},
	}, func(context.Context, *struct{}) (*health, error) {
		out := &health{}
		out.Body.Status, out.Body.Version = "ok", s.Version
		return out, nil
	})
	s.datasetRoutes()
	s.lineageRoutes()
	s.contractRoutes()
	s.classificationRoutes()
	s.batchRoutes()
	s.recordRoutes()
	s.quarantineRoutes()
	s.qualityRoutes()
	s.rollupRoutes()
	s.queryRoutes()
	s.unitRoutes()
	s.exportRoutes()
	s.requestRoutes()
	s.templateRoutes()
	s.recipeRoutes()
	s.draftRoutes()
	s.tryRoutes()
	s.lookRoutes()
	s.slipRoutes()
	s.senderRoutes()
	s.groupRoutes()
	s.profileRoutes()
	s.mapRoutes()
	s.termRoutes()
	s.codeListRoutes()
	s.organisationRoutes()
	s.findRoutes()
	s.systemRoutes()
	s.planRoutes()
	s.campaignRoutes()
	s.rankingRoutes()
	s.governanceRoutes()
	s.policyRoutes()
	s.accountRoutes()
	s.accountReviewRoutes()
	s.serviceAccountRoutes()
	s.auditRoutes()
	s.usageRoutes()
	s.oauthRoutes()
	s.erasingRoutes()
	s.issueRoutes()
	s.commentRoutes()
	s.deadlineRoutes()
	s.noticeRoutes()
}

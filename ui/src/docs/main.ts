// The page /docs: shows the contract that this node serves. "Try it out" calls the node with the browser's own session.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "./docs.css";

SwaggerUI({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: false,
  // It would send the whole document to a server of somebody else.
  validatorUrl: null,
  requestInterceptor(request) {
    // A call that changes something needs it (docs/api.md), also without a body.
    if (request.method !== "GET" && !request.headers["Content-Type"]) request.headers["Content-Type"] = "application/json";
    return request;
  },
});

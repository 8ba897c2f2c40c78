"""Workspace settings in memory."""

from dataclasses import dataclass, field

from chalicelib.model.workspace import WorkspaceSettings


@dataclass(slots=True)
class MemoryWorkspaces:
    """`ports.Workspaces` in a dict."""

    chosen: dict[str, WorkspaceSettings] = field(default_factory=dict[str, WorkspaceSettings])

    def get(self, workspace_id: str) -> WorkspaceSettings:
        """As they were put."""
        return self.chosen.get(workspace_id, WorkspaceSettings())

    def put(self, workspace_id: str, chosen: WorkspaceSettings) -> None:
        """Replace them."""
        self.chosen[workspace_id] = chosen

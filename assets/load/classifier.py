class Model(nn.Module):
    """Logits of the class of each point."""
    def __init__(self):
        super().__init__()
        self.model = Stack()
        self.classifier = nn.Linear(D_MODEL, CLASSES)

    def forward(self, points):                                                     # [T, dims], as encode() makes them
        return self.classifier(self.model(points[None]))[0]                        # [T, C]

"""Operations that Theano had or that generative models need, and PyTensor lacks; a folder each."""

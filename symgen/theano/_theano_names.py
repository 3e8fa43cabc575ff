"""What Theano 1.0.5 had: the names that the error for a missing one knows about."""

#: Modules of Theano 1.0.5, dotted.
MODULES = frozenset(
    """
    theano.compat theano.compile theano.compile.builders theano.compile.debugmode
    theano.compile.function_module theano.compile.gof theano.compile.graph theano.compile.io
    theano.compile.mode theano.compile.monitormode theano.compile.nanguardmode
    theano.compile.ops theano.compile.profiling theano.compile.sandbox
    theano.compile.sharedvalue theano.configdefaults theano.configparser theano.d3viz
    theano.d3viz.formatting theano.gof theano.gof.callcache theano.gof.cc theano.gof.cmodule
    theano.gof.compiledir theano.gof.compilelock theano.gof.cutils theano.gof.destroyhandler
    theano.gof.fg theano.gof.graph theano.gof.lazylinker_c theano.gof.link theano.gof.null_type
    theano.gof.op theano.gof.opt theano.gof.optdb theano.gof.params_type theano.gof.sched
    theano.gof.toolbox theano.gof.type theano.gof.unify theano.gof.utils theano.gof.vm
    theano.gpuarray theano.gradient theano.ifelse theano.misc theano.opt theano.pathparse
    theano.printing theano.raise_op theano.sandbox theano.sandbox.linalg.ops theano.scalar
    theano.scan_module theano.scan_module.scan_op theano.scan_module.scan_opt
    theano.scan_module.scan_utils theano.scan_module.scan_views theano.sparse
    theano.sparse.basic theano.sparse.gof theano.sparse.opt theano.sparse.sandbox
    theano.sparse.scalar theano.sparse.sharedvar theano.sparse.tensor theano.sparse.type
    theano.sparse.utils theano.tensor theano.tensor.basic theano.tensor.blas
    theano.tensor.blas_c theano.tensor.blas_headers theano.tensor.blas_scipy
    theano.tensor.compile theano.tensor.elemwise theano.tensor.elemwise_cgen
    theano.tensor.extra_ops theano.tensor.fft theano.tensor.fourier theano.tensor.gof
    theano.tensor.inplace theano.tensor.io theano.tensor.nlinalg theano.tensor.nnet
    theano.tensor.nnet.abstract_conv theano.tensor.nnet.blocksparse theano.tensor.nnet.bn
    theano.tensor.nnet.conv theano.tensor.nnet.conv3d2d theano.tensor.nnet.corr
    theano.tensor.nnet.corr3d theano.tensor.nnet.ctc theano.tensor.nnet.neighbours
    theano.tensor.nnet.nnet theano.tensor.nnet.opt theano.tensor.nnet.sigm theano.tensor.opt
    theano.tensor.opt_uncanonicalize theano.tensor.printing theano.tensor.raw_random
    theano.tensor.scal theano.tensor.shared_randomstreams theano.tensor.sharedvar
    theano.tensor.signal theano.tensor.signal.conv theano.tensor.signal.pool
    theano.tensor.slinalg theano.tensor.subtensor theano.tensor.type theano.tensor.type_other
    theano.tensor.utils theano.tensor.xlogx theano.toolbox theano.typed_list theano.typed_list.T
    theano.typed_list.basic theano.typed_list.opt theano.typed_list.type theano.updates
    theano.utils theano.version
    """.split()
)

#: Module -> the names in it that Theano's documentation described, separated by blanks.
DOCUMENTED = {
    "theano": """
        Apply Constant Generic In Lop Mode OpFromGraph Rop Type Variable as_op clone dot
        foldl foldr function function_dump grad map pp reduce scan scan_checkpoints shared
        sparse_grad subgraph_grad
    """,
    "theano.compile": """
        DebugMode DisconnectedType FAST_COMPILE FAST_RUN FromFunctionOp Function In Mode
        OpFromGraph Rebroadcast Shape Shape_i SharedVariable SpecifyShape Variable ViewOp
        as_op function function_dump io_connection_pattern is_same_graph
        register_deep_copy_op_c_code register_rebroadcast_c_code register_shape_c_code
        register_shape_i_c_code register_specify_shape_c_code register_view_op_c_code shared
        shared_constructor
    """,
    "theano.compile.builders": """
        OpFromGraph
    """,
    "theano.compile.debugmode": """
        BadDestroyMap BadOptimization BadThunkOutput BadViewMap DebugMode DebugModeError
        InvalidValueError StochasticOrder
    """,
    "theano.compile.function_module": """
        Function
    """,
    "theano.compile.io": """
        In
    """,
    "theano.compile.mode": """
        FAST_COMPILE FAST_RUN Mode
    """,
    "theano.compile.nanguardmode": """
        NanGuardMode
    """,
    "theano.compile.ops": """
        FromFunctionOp OutputGuard Rebroadcast Shape Shape_i SpecifyShape ViewOp as_op
        register_deep_copy_op_c_code register_rebroadcast_c_code register_shape_c_code
        register_shape_i_c_code register_specify_shape_c_code register_view_op_c_code
        shape_i
    """,
    "theano.compile.sharedvalue": """
        SharedVariable shared shared_constructor
    """,
    "theano.d3viz": """
        d3viz d3write
    """,
    "theano.d3viz.formatting": """
        PyDotFormatter
    """,
    "theano.gof": """
        Apply Bookkeeper CEnumType Constant EnumList EnumType Feature FunctionGraph Generic
        History MethodNotDefined NodeFinder Params ParamsType PrintListener ReplaceValidate
        Type Validator Variable view_roots
    """,
    "theano.gof.graph": """
        Apply Constant Node Variable ancestors as_string clone clone_get_equiv
        general_toposort inputs io_connection_pattern io_toposort is_in_ancestors
        is_same_graph list_of_nodes nodes_constructed op_as_string ops orphans stack_search
        variables variables_and_orphans view_roots
    """,
    "theano.gof.params_type": """
        Params ParamsType
    """,
    "theano.gof.toolbox": """
        Bookkeeper Feature History NodeFinder PrintListener ReplaceValidate Validator
    """,
    "theano.gof.type": """
        CDataType CEnumType CLinkerType EnumList EnumType Generic PureType SingletonType
        Type
    """,
    "theano.gof.utils": """
        MethodNotDefined add_tag_trace deprecated difference flatten hash_from_file memoize
        remove simple_extract_stack toposort uniq
    """,
    "theano.gradient": """
        DisconnectedInputError DisconnectedType GradientError Lop NullTypeGradError Rop
        consider_constant disconnected_grad format_as grad grad_clip grad_not_implemented
        grad_scale grad_undefined hessian jacobian numeric_grad subgraph_grad undefined_grad
        verify_grad zero_grad
    """,
    "theano.printing": """
        Print debugprint pp pydotprint
    """,
    "theano.sandbox.linalg.ops": """
        Hint HintsFeature HintsOptimizer psd spectral_radius_bound
    """,
    "theano.sparse": """
        CSC CSM CSR DisconnectedType add add_s_d add_s_s add_s_s_data as_sparse
        as_sparse_or_tensor_variable as_sparse_variable bcast bsr_dmatrix bsr_fmatrix cast
        ccast clean col_scale construct_sparse_from_list csc_dmatrix csc_fmatrix
        csc_from_dense csm_data csm_indices csm_indptr csm_properties csm_shape csr_dmatrix
        csr_fmatrix csr_from_dense dcast dense_from_sparse diag dot ensure_sorted_indices
        equal_s_d equal_s_s fcast get_item_2d get_item_2lists get_item_2lists_grad
        get_item_list get_item_list_grad get_item_scalar grad_not_implemented grad_undefined
        greater_equal_s_d greater_equal_s_s greater_than_s_d greater_than_s_s hstack icast
        lcast less_equal_s_d less_equal_s_s less_than_s_d less_than_s_s mul mul_s_d mul_s_s
        mul_s_v neg not_equal_s_d not_equal_s_s remove0 row_scale sampling_dot sdg_csc
        sdg_csr sp_ones_like sp_sum sp_zeros_like square_diagonal structured_add_s_v
        structured_dot sub transpose true_dot usmm vstack wcast zcast
    """,
    "theano.sparse.basic": """
        CSC CSM CSR add add_s_d add_s_s add_s_s_data all_dtypes as_sparse
        as_sparse_or_tensor_variable as_sparse_variable bcast bsr_dmatrix bsr_fmatrix cast
        ccast clean col_scale complex_dtypes construct_sparse_from_list continuous_dtypes
        csc_dmatrix csc_fmatrix csc_from_dense csm_data csm_indices csm_indptr
        csm_properties csm_shape csr_dmatrix csr_fmatrix csr_from_dense dcast
        dense_from_sparse diag discrete_dtypes dot ensure_sorted_indices equal_s_d equal_s_s
        fcast float_dtypes get_item_2d get_item_2lists get_item_2lists_grad get_item_list
        get_item_list_grad get_item_scalar greater_equal_s_d greater_equal_s_s
        greater_than_s_d greater_than_s_s hstack icast int_dtypes integer_dtypes lcast
        less_equal_s_d less_equal_s_s less_than_s_d less_than_s_s mul mul_s_d mul_s_s
        mul_s_v neg not_equal_s_d not_equal_s_s remove0 row_scale sampling_dot sdg_csc
        sdg_csr sp_ones_like sp_sum sp_zeros_like sparse_formats square_diagonal
        structured_add_s_v structured_dot sub transpose true_dot uint_dtypes usmm vstack
        wcast zcast
    """,
    "theano.tensor": """
        Apply CAReduce Constant DimShuffle DisconnectedType Elemwise Generic LoadFromDisk
        Lop MPIRecv MPIRecvWait MPISend MPISendWait MethodNotDefined ParamsType Rebroadcast
        Rop Shape SpecifyShape Sum TensorConstant TensorType TensorVariable Type Variable
        abs_ addbroadcast all allclose alloc and_ angle any argmax argmin as_tensor_variable
        bartlett batched_dot batched_tensordot bincount bitwise_and bitwise_not bitwise_or
        bitwise_xor cast ceil chi2sf choose clip col concatenate consider_constant cos cosh
        cumprod cumsum dcols dmatrices dot drows dscalars dvectors eq erf erfc erfcinv
        erfinv exp eye fcols fill fill_diagonal fill_diagonal_offset flatten floor fmatrices
        frows fscalars fvectors gamma gammaln ge grad grad_not_implemented grad_undefined gt
        hessian icols identity_like imag imatrices inc_subtensor inv invert irecv iround
        irows iscalars isclose isend isinf isnan ivectors jacobian lcols le lmatrices load
        log log10 log2 lrows lscalars lt lvectors matrix max max_and_argmax maximum mean
        mgrid min minimum mpi_send_wait_key mpi_tag_key neg neq numeric_grad ogrid ones
        ones_like or_ outer patternbroadcast prod psi ptp ravel_multi_index real recv repeat
        reshape roll round row scalar send set_subtensor sgn shape shape_padaxis
        shape_padleft shape_padright sin sinh sqr sqrt squeeze stack stacklists std sum
        switch tan tanh tensor3 tensor4 tensor5 tensor6 tensor7 tensordot tile unbroadcast
        unravel_index var vector verify_grad where xor zeros zeros_like
    """,
    "theano.tensor.basic": """
        choose
    """,
    "theano.tensor.elemwise": """
        All Any CAReduce CAReduceDtype DimShuffle Elemwise Prod Sum
    """,
    "theano.tensor.extra_ops": """
        CpuContiguous SearchsortedOp Unique bartlett bartlett_ bincount compress
        cpu_contiguous cumprod cumsum diff fill_diagonal fill_diagonal_ fill_diagonal_offset
        fill_diagonal_offset_ ravel_multi_index repeat searchsorted squeeze to_one_hot
        unravel_index
    """,
    "theano.tensor.fft": """
        irfft rfft
    """,
    "theano.tensor.io": """
        LoadFromDisk MPIRecv MPIRecvWait MPISend MPISendWait irecv isend load
        mpi_send_wait_key mpi_tag_key recv send
    """,
    "theano.tensor.nlinalg": """
        AllocDiag Det Eig Eigh EighGrad MatrixInverse MatrixPinv QRFull QRIncomplete SVD
        TensorInv TensorSolve alloc_diag det diag eig extract_diag logger matrix_dot
        matrix_inverse matrix_power pinv qr svd tensorinv tensorsolve trace
    """,
    "theano.tensor.nnet": """
        batch_normalization binary_crossentropy categorical_crossentropy conv2d
        conv2d_grad_wrt_inputs conv2d_transpose conv3d elu h_softmax relu selu
        separable_conv2d sigmoid_binary_crossentropy softmax softsign
    """,
    "theano.tensor.nnet.abstract_conv": """
        AbstractConv AbstractConv2d AbstractConv2d_gradInputs AbstractConv2d_gradWeights
        AbstractConv3d AbstractConv3d_gradInputs AbstractConv3d_gradWeights
        AbstractConv_gradInputs AbstractConv_gradWeights BaseAbstractConv assert_conv_shape
        assert_shape bilinear_kernel_1D bilinear_kernel_2D bilinear_upsampling
        border_mode_to_pad causal_conv1d check_conv_gradinputs_shape conv2d
        conv2d_grad_wrt_inputs conv2d_grad_wrt_weights conv3d conv3d_grad_wrt_inputs
        conv3d_grad_wrt_weights frac_bilinear_upsampling get_conv_gradinputs_shape
        get_conv_gradinputs_shape_1axis get_conv_gradweights_shape
        get_conv_gradweights_shape_1axis get_conv_output_shape get_conv_shape_1axis
        separable_conv2d separable_conv3d
    """,
    "theano.tensor.nnet.blocksparse": """
        SparseBlockGemv SparseBlockOuter sparse_block_dot
    """,
    "theano.tensor.nnet.bn": """
        batch_normalization batch_normalization_test batch_normalization_train
    """,
    "theano.tensor.nnet.conv": """
        conv2d
    """,
    "theano.tensor.nnet.conv3d2d": """
        conv3d
    """,
    "theano.tensor.nnet.ctc": """
        ConnectionistTemporalClassification ctc
    """,
    "theano.tensor.nnet.neighbours": """
        images2neibs neibs2images
    """,
    "theano.tensor.nnet.nnet": """
        binary_crossentropy categorical_crossentropy sigmoid_binary_crossentropy softmax
        softsign
    """,
    "theano.tensor.opt": """
        Assert Canonizer FusionOptimizer InplaceElemwiseOptimizer MakeVector ShapeFeature
        ShapeOptimizer UnShapeOptimizer apply_rebroadcast_opt broadcast_like
        check_for_x_over_absX encompasses_broadcastable get_clients get_clients2
        is_an_upcast is_inverse_pair local_add_mul_fusion local_elemwise_fusion
        local_elemwise_fusion_op merge_two_slices scalarconsts_rest
    """,
    "theano.tensor.raw_random": """
        RandomFunction RandomStateType RandomStreamsBase binomial multinomial normal
        permutation random_integers random_state_type uniform
    """,
    "theano.tensor.shared_randomstreams": """
        RandomStreams
    """,
    "theano.tensor.signal.conv": """
        conv2d
    """,
    "theano.tensor.signal.pool": """
        max_pool_2d_same_size pool_2d pool_3d
    """,
    "theano.tensor.slinalg": """
        Cholesky CholeskyGrad Eigvalsh EigvalshGrad Expm ExpmGrad MATRIX_STRUCTURES Solve
        cholesky expm imported_scipy kron logger solve solve_lower_triangular
        solve_symmetric solve_upper_triangular
    """,
    "theano.tensor.utils": """
        hash_from_ndarray shape_of_variables
    """,
    "theano.typed_list": """
        Apply Constant TypedListConstant TypedListVariable Variable
    """,
    "theano.typed_list.basic": """
        TypedListConstant TypedListVariable
    """,
}
